import { randomUUID } from "node:crypto";
import { createRepository } from "./acts/create.ts";
import { push } from "./acts/push.ts";
import { completeScan } from "./acts/scan.ts";
import type { Inside } from "./inside.ts";
import { type ProfileAsked, signingProfile } from "./signer/operations.ts";
import { type RegistryState, repositoryArn } from "./state/registry.ts";
import { needImage, type RepositorySettings } from "./state/repository.ts";
import type { Cluster, ScanOutcome } from "./state/scan.ts";
import type { Principal } from "./world.ts";

/** One registry for a test: past all doors, what a test has to prepare or to look at. */
export interface EcrRegistry {
  readonly account: string;
  readonly region: string;
  /** `127.0.0.1:port` of the OCI endpoint. */
  readonly host: string;
  readonly dir: string;
  readonly state: RegistryState;
  arn(repository: string): string;
  create(repository: string, settings?: Partial<RepositorySettings>): void;
  /** As somebody who pushes has it: with a token of its own. */
  send(method: string, path: string, more?: { headers?: Record<string, string>; body?: Uint8Array | string }): Promise<Response>;
  /** A push without the way there, for thousands of them: whatever the manifest names has to be there already. @returns its digest */
  put(repository: string, manifest: object, tag?: string): Promise<string>;
  /** Tags with their digests, and every manifest, archived or not. */
  contents(repository: string): Promise<{ readonly tags: Readonly<Record<string, string>>; readonly manifests: readonly string[] }>;
  /** What cannot be pulled, in order. */
  blocked(repository: string): readonly string[];
  clone(from: string, to: string): Promise<void>;
  /** Every repository is scanned: by Inspector, at once and ever after, unless told otherwise. */
  scanEverything(scanType?: "BASIC" | "ENHANCED", scanFrequency?: string): void;
  /** What a scanner finds in an image that it knows already. */
  scan(repository: string, digest: string, outcome: ScanOutcome): void;
  runIn(repository: string, digest: string, clusters: readonly Cluster[]): void;
  addProfile(profile: Pick<ProfileAsked, "name" | "status">): string;
  /** A pull-through cache rule in the form of its answer. */
  addCacheRule(rule: Readonly<Record<string, unknown>>): void;
}

const YEAR_MS = 31_536_000_000;

export function openEcrRegistry(inside: Inside, state: RegistryState, host: string, dir: string): EcrRegistry {
  const { account, region } = state;
  const { world } = inside;
  const repositoryOf = (name: string) => state.repositories.get(name) ?? createRepository(world, state, name);
  return {
    account,
    region,
    host,
    dir,
    state,
    arn: (repository) => repositoryArn(state, repository),
    create: (repository, settings) => void createRepository(world, state, repository, settings),
    async send(method, path, { headers = {}, body } = {}) {
      const authorization = `Basic ${Buffer.from(`AWS:${pusherToken(inside, state)}`).toString("base64")}`;
      const url = new URL(path, `http://${host}`);
      const [, name] = /^\/v2\/(.+)\/(?:blobs|manifests)\//.exec(url.pathname) ?? [];
      if (name !== undefined && method !== "GET" && method !== "HEAD") repositoryOf(name);
      return fetch(url, {
        method,
        headers: {
          authorization,
          ...headers,
        },
        ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
      });
    },
    async put(name, manifest, tag) {
      repositoryOf(name);
      const asked = { repository: name, manifest: JSON.stringify(manifest), tag, by: pusherOf(account), isInternal: true };
      const { digest } = push(world, state, asked);
      await inside.settle();
      return digest;
    },
    async contents(name) {
      const repository = state.repositories.get(name);
      const tags = [...(repository?.tags ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
      const manifests = [...(repository?.images.keys() ?? [])].map((digest) => digest.replace(":", "-")).toSorted();
      return {
        tags: Object.fromEntries(tags),
        manifests,
      };
    },
    blocked: (name) => {
      const images = [...(state.repositories.get(name)?.images.values() ?? [])];
      return images.flatMap(({ digest, status }) => (status === "ACTIVE" ? [] : [digest])).toSorted();
    },
    async clone(from, to) {
      const [source, target] = [repositoryOf(from), repositoryOf(to)];
      target.settings = source.settings;
      for (const [digest, image] of source.images) target.images.set(digest, image);
      for (const [tag, digest] of source.tags) target.tags.set(tag, digest);
      await state.blobs.clone(from, to);
    },
    scanEverything(scanType = "ENHANCED", scanFrequency = "CONTINUOUS_SCAN") {
      state.scanning = { scanType, rules: [{ scanFrequency, repositoryFilters: [{ filter: "*", filterType: "WILDCARD" }] }] };
    },
    scan(name, digest, outcome) {
      const repository = repositoryOf(name);
      completeScan(world, state, repository, needImage(repository, { imageDigest: digest }, account), outcome);
    },
    runIn: (name, digest, clusters) => void repositoryOf(name).clusters.set(digest, clusters),
    addProfile(profile) {
      const made = signingProfile({
        account,
        region,
        ...profile,
      });
      inside.profiles.push(made);
      return String(made["arn"]);
    },
    addCacheRule: (rule) => void state.cacheRules.push(rule),
  };
}

function pusherOf(account: string): Principal {
  return { arn: `arn:aws:iam::${account}:user/pusher`, account };
}

function pusherToken({ tokens, world }: Inside, { account }: RegistryState): string {
  const password = randomUUID();
  tokens.set(password, { principal: pusherOf(account), expiresAt: world.now() + YEAR_MS });
  return password;
}
