import { type Digest, isDigest, shortDigest } from "./digest.ts";
import type { RegistryHost, Tag } from "./image-ref.ts";

/** Ways to an image: one of its tags, its digest, or as what a held index names (a child, by its digest). */
export const PULL_WAYS = ["tag", "digest", "index"] as const;
/** `unknown`: it could not be asked, which is not the same as refused. */
export const PULL_ANSWERS = ["served", "refused", "unknown"] as const;

/** What somebody who pulls was told after an act. */
export interface Probe {
  readonly way: (typeof PULL_WAYS)[number];
  /** Who was asked. */
  readonly host: RegistryHost;
  /** Another registry that the repository is copied to under the same name. */
  readonly isReplica?: true;
  readonly reference: Tag | Digest;
  readonly answer: (typeof PULL_ANSWERS)[number];
  /** Why it is not known. */
  readonly why?: string;
}

/** The ways that are not shut, or of which that is not known. */
export function openWays(probes: readonly Probe[]): readonly Probe[] {
  return probes.filter(({ answer }) => answer !== "refused");
}

/** Sentences for people on what still serves and on what could not be asked; one for each replica. Empty where every way is shut. */
export function openWords(probes: readonly Probe[]): readonly string[] {
  const home = openWays(probes).filter(({ isReplica }) => isReplica !== true);
  const replicas = Map.groupBy(
    openWays(probes).filter(({ isReplica }) => isReplica === true),
    ({ host }) => host,
  );
  return [...home.map(homeWords), ...[...replicas].map(([host, ways]) => replicaWords(host, ways))];
}

function homeWords({ way, reference, answer, why = "" }: Probe): string {
  const short = isDigest(reference) ? shortDigest(reference) : reference;
  const name = { tag: `tag ${short}`, digest: "its digest", index: `child ${short}` }[way];
  return answer === "served" ? `${name} pulls still` : `whether ${name} pulls still is not known: ${why}`;
}

function replicaWords(host: RegistryHost, ways: readonly Probe[]): string {
  if (ways.some(({ answer }) => answer === "served")) return `replica ${host} serves it still`;
  return `whether replica ${host} serves it still is not known: ${ways[0]?.why ?? ""}`;
}
