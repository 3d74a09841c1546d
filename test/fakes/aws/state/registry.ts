import { AwsRefusal } from "../refusal.ts";
import type { BlobStore } from "./blob-store.ts";
import type { RepositoryState } from "./repository.ts";

/** `*` stands for any characters. */
export interface NameFilter {
  readonly filter: string;
  readonly filterType: string;
}

export interface ScanningConfiguration {
  readonly scanType: "BASIC" | "ENHANCED";
  readonly rules: readonly { readonly scanFrequency: string; readonly repositoryFilters: readonly NameFilter[] }[];
}

export interface ReplicationRule {
  readonly destinations: readonly { readonly region: string; readonly registryId: string }[];
  readonly repositoryFilters?: readonly NameFilter[];
  readonly deleteReplication?: { readonly enabled: boolean };
}

export interface SigningRule {
  readonly signingProfileArn: string;
  readonly repositoryFilters?: readonly NameFilter[];
}

/** The private registry of one account in one region. */
export interface RegistryState {
  readonly account: string;
  readonly region: string;
  readonly repositories: Map<string, RepositoryState>;
  readonly blobs: BlobStore;
  scanning: ScanningConfiguration;
  policyText?: string;
  replication: { readonly rules: readonly ReplicationRule[] };
  signing?: { readonly rules: readonly SigningRule[] } | undefined;
  /** By prefix; the answer's own form. */
  readonly templates: Map<string, Readonly<Record<string, unknown>>>;
  readonly cacheRules: Readonly<Record<string, unknown>>[];
  /** Principal ARN -> when it was registered. */
  readonly pullExclusions: Map<string, number>;
  readonly settings: Map<string, string>;
}

export function newRegistry(account: string, region: string, blobs: BlobStore): RegistryState {
  return {
    account,
    region,
    repositories: new Map(),
    blobs,
    scanning: { scanType: "BASIC", rules: [] },
    replication: { rules: [] },
    templates: new Map(),
    cacheRules: [],
    pullExclusions: new Map(),
    settings: new Map([
      ["BASIC_SCAN_TYPE_VERSION", "AWS_NATIVE"],
      ["REGISTRY_POLICY_SCOPE", "V2"],
      ["BLOB_MOUNTING", "DISABLED"],
    ]),
  };
}

export function repositoryArn({ account, region }: RegistryState, name: string): string {
  return `arn:aws:ecr:${region}:${account}:repository/${name}`;
}

export function imageArn(registry: RegistryState, name: string, digest: string): string {
  return `${repositoryArn(registry, name)}/${digest}`;
}

/** @throws AwsRefusal RepositoryNotFoundException */
export function needRepository({ repositories, account }: RegistryState, name: string): RepositoryState {
  const repository = repositories.get(name);
  if (repository !== undefined) return repository;
  const message = `The repository with name '${name}' does not exist in the registry with id '${account}'`;
  throw new AwsRefusal("RepositoryNotFoundException", message);
}

/** Whether `*` in a filter of a registry's rules can stand for the rest of the text. */
export function matchesWildcard(filter: string, text: string): boolean {
  const pattern = filter
    .split("*")
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${pattern}$`).test(text);
}
