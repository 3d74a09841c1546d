import { isRegistryHost, type RegistryHost, type Repository } from "../../domain/image-ref.ts";

/** Where a registry is: each account has one in each region. */
export interface EcrPlace {
  /** Twelve digits; also the id of the registry. */
  readonly account: string;
  readonly region: string;
}

// AWS SDK, partitions: by the beginning of the region's name; `amazonaws.com` for all others.
const SUFFIXES: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, "amazonaws.com.cn"],
  [/^eusc-/, "amazonaws.eu"],
  [/^us-iso-/, "c2s.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov"],
  [/^us-isof-/, "csp.hci.ic.gov"],
  [/^eu-isoe-/, "cloud.adc-e.uk"],
];
const ACCOUNT = /^\d{12}$/;
const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/;
const HOST = /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+$/;
const DUAL_STACK = /^(\d{12})\.dkr-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.[a-z0-9.-]+$/;

export function isAccount(text: string): boolean {
  return ACCOUNT.test(text);
}

export function isRegion(text: string): boolean {
  return REGION.test(text);
}

/** The registry's host; `undefined` where there can be no such place. */
export function hostOf({ account, region }: EcrPlace): RegistryHost | undefined {
  if (!isAccount(account) || !isRegion(region)) return undefined;
  const suffix = SUFFIXES.find(([regions]) => regions.test(region))?.[1] ?? "amazonaws.com";
  const host = `${account}.dkr.ecr.${region}.${suffix}`;
  return isRegistryHost(host) ? host : undefined;
}

/** What a host of ECR says of its place; `undefined` for every other host. */
export function placeOf(host: RegistryHost): EcrPlace | undefined {
  const [, account, region] = HOST.exec(host) ?? DUAL_STACK.exec(host) ?? [];
  return account === undefined || region === undefined || !REGION.test(region) ? undefined : { account, region };
}

/** What an ARN of ECR names: `arn:aws:ecr:REGION:ACCOUNT:repository/NAME`, of an image with `/sha256:HEX` behind it. */
export interface EcrArn extends EcrPlace {
  /** Whatever stands there: it may be no repository that can be. */
  readonly repository: string;
  readonly digest: string | undefined;
}

const ARN = /^arn:[a-z0-9-]+:ecr:([a-z0-9-]+):(\d{12}):repository\/(.+)$/;

/** `undefined` for everything else. A part behind the last slash that looks like a digest is one, whether or not it can be. */
export function readEcrArn(text: string): EcrArn | undefined {
  const [, region, account, path] = ARN.exec(text) ?? [];
  if (region === undefined || account === undefined || path === undefined) return undefined;
  const [, repository = path, digest] = /^(.+)\/(sha256:[^/]*)$/.exec(path) ?? [];
  return { account, region, repository, digest };
}

/** ARN of an image, by which Inspector knows it. */
export function imageArn({ account, region }: EcrPlace, repository: Repository, digest: string): string {
  return `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${repository}/${digest}`;
}

const PARTITIONS: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, "aws-cn"],
  [/^us-gov-/, "aws-us-gov"],
  [/^eusc-/, "aws-eusc"],
  [/^us-iso-/, "aws-iso"],
  [/^us-isob-/, "aws-iso-b"],
  [/^us-isof-/, "aws-iso-f"],
  [/^eu-isoe-/, "aws-iso-e"],
];

function partitionOf(region: string): string {
  return PARTITIONS.find(([regions]) => regions.test(region))?.[1] ?? "aws";
}
