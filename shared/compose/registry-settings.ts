import * as z from "zod";
import { isRegistryHost, parseRegistryHost, type RegistryHost } from "../domain/image-ref.ts";
import { closed } from "../policy/field.ts";
import type { Credentials, RegistrySettings } from "../ports/provider.ts";
import type { Environment } from "../runtime/config.ts";
import { readSecret, type Secret } from "../runtime/secret.ts";
import { AWS } from "./aws-settings.ts";
import type { RegistryEntry } from "./gate.ts";

export const host = z.string().refine((text) => isRegistryHost(text), { error: "write host or host:port, without a scheme or path" });
/** Where a secret is. */
export const reference = z
  .string()
  .regex(/^(env|file):.+$/, { error: "write env:NAME or file:PATH; a secret must not stand in this file" });

export const REGISTRY = closed({
  host: host.describe("Host and port of the registry."),
  provider: z
    .enum(["oci", "ecr"])
    .default("oci")
    .describe("How it is spoken to: oci for any registry of the distribution protocol, ecr for the private ones of Amazon ECR."),
  mode: z
    .enum(["dry-run", "enforce"])
    .default("dry-run")
    .describe("dry-run: nothing in this registry is changed, whatever the policy says."),
  username: z.string().optional().describe("With password; without both, Docker's own configuration is asked."),
  password: reference.optional(),
  hookSecret: reference.optional().describe("What the registry's notifications carry in Authorization, as Bearer."),
  quarantine: z
    .string()
    .regex(/^[a-z0-9]+([._-][a-z0-9]+)*$/, { error: "write one lower-case path part" })
    .default("quarantine")
    .describe("First path part of the repositories that held images move to."),
  plainHttp: z.boolean().default(false).describe("Only for loopback."),
  puller: z
    .union([z.literal("anonymous"), closed({ username: z.string(), password: reference })], {
      error: "write anonymous, or { username: deploy, password: env:NAME }",
    })
    .optional()
    .describe(
      "Who pulls, usually: after a hold the registry is asked as this account. Left out, the gate asks with its own, which may see more.",
    ),
  replicas: z
    .array(host)
    .default([])
    .describe(
      "Registries that this one is copied to under the same names. After a hold each is asked, as the puller, or as Docker's own configuration says, whether it serves the image still.",
    ),
  aws: AWS.optional().describe("For provider ecr: who the gate is there. Credentials are found where the AWS SDK looks for them."),
  takeOver: z
    .enum(["ask", "at-once"])
    .default("ask")
    .describe(
      "When it has images before the gate first sees it. ask: nothing is held until somebody has seen what would be, with moorgate takeover. at-once: what violates is held as it is found.",
    ),
}).refine(({ provider, aws }) => provider === "ecr" || aws === undefined, { error: "aws goes with provider: ecr", path: ["aws"] });

type Written = z.output<typeof REGISTRY>;

/** What a registry of the settings needs beside what stands there. */
export interface Around {
  readonly environment: Environment;
  /** Used for a host that no credentials are written for. */
  readonly dockerCredentials: (host: RegistryHost) => Credentials;
  /** Where a field stands, for an error. */
  readonly place: (...path: readonly PropertyKey[]) => string;
}

/** @throws ParseError on a secret that is not there */
export function registryEntry(written: Written, around: Around): RegistryEntry {
  const { mode, takeOver, hookSecret } = written;
  const secret = hookSecret === undefined ? [] : [readSecret(hookSecret, around.environment, around.place("hookSecret"))];
  return { ...reached(written, around), mode, takeOver, hookSecrets: secret };
}

/** How its images are reached. @throws ParseError on a secret that is not there */
export function reached(written: Written, { environment, dockerCredentials, place }: Around): RegistrySettings {
  const { provider, quarantine, plainHttp, username, password, aws } = written;
  const registry = parseRegistryHost(written.host);
  const puller = pullerOf(written.puller, (text) => readSecret(text, environment, place("puller", "password")));
  const own = password === undefined ? undefined : readSecret(password, environment, place("password"));
  return {
    host: registry,
    provider,
    quarantine,
    plainHttp,
    credentials: username === undefined || own === undefined ? dockerCredentials(registry) : basic(username, own),
    ...(aws === undefined ? {} : { aws }),
    ...(puller === undefined ? {} : { puller }),
    // Never the gate's own password: that is for its own registry alone.
    replicas: written.replicas
      .map((text) => parseRegistryHost(text))
      .map((replica) => ({ host: replica, credentials: puller ?? dockerCredentials(replica) })),
  };
}

function pullerOf(puller: Written["puller"], secretOf: (reference: string) => Secret): Credentials | undefined {
  if (puller === undefined) return undefined;
  return puller === "anonymous" ? async () => undefined : basic(puller.username, secretOf(puller.password));
}

export function basic(username: string, password: Secret): Credentials {
  return async () => ({ username, password: password.reveal(), kind: "password" });
}
