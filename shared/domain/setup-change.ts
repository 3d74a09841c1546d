import type { Digest } from "./digest.ts";
import type { RegistryHost, Repository } from "./image-ref.ts";
import type { Instant } from "./time.ts";

/** What of a registry's set-up the gate rests on: set otherwise, images go that it keeps, come back that it holds, or nobody looks at them. */
export const CONTROLS = [
  "lifecycle",
  "repository-policy",
  "registry-policy",
  "tag-mutability",
  "scanning",
  "signing",
  "signing-profile",
  "replication",
  "creation-template",
  "storage-class",
  "pull-times",
  "account-setting",
  "repository",
] as const;
export type Control = (typeof CONTROLS)[number];

export const CONTROL_WORDS: Readonly<Record<Control, string>> = {
  lifecycle: "the lifecycle policy",
  "repository-policy": "the policy of the repository",
  "registry-policy": "the policy of the registry",
  "tag-mutability": "whether tags can be moved",
  scanning: "what is scanned",
  signing: "what the registry signs",
  "signing-profile": "a signing profile, or what it signed",
  replication: "where images are copied to",
  "creation-template": "how new repositories are set up",
  "storage-class": "that an image is archived",
  "pull-times": "whose pulls count",
  "account-setting": "a setting of the account",
  repository: "the repository itself",
};

/** Somebody changed how a registry is set up, in the words of the log that tells it. */
export interface SetupChange {
  /** Id that the log gave; with `source` the key by which a repeated delivery is known. */
  readonly id: string;
  /** Provider id. */
  readonly source: string;
  readonly registry: RegistryHost;
  /** Absent: the registry as a whole. */
  readonly repository?: Repository;
  /** The one image that it is about. */
  readonly digest?: Digest;
  readonly control: Control;
  /** `PutLifecyclePolicy`. */
  readonly call: string;
  readonly at: Instant | "unknown";
  readonly actor?: string;
  /** What was set before and what after, as far as the log says it, cut; absent: it does not say. */
  readonly before?: string;
  readonly after?: string;
}

/** `registry.example/team/app`, or the registry alone. */
export function printChanged({ registry, repository }: Pick<SetupChange, "registry" | "repository">): string {
  return repository === undefined ? registry : `${registry}/${repository}`;
}
