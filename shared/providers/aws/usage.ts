import * as z from "zod";
import type { Workload } from "../../domain/usage.ts";
import type { RegistrySettings } from "../../ports/provider.ts";
import type { CountedUse, RegistryUsage } from "../../ports/registry-usage.ts";
import { count, loose, short, word } from "../../runtime/lenient.ts";
import { isLookedAt } from "../../scanners/aws/scan-status.ts";
import { accessOf, type Surroundings, USUAL } from "./access.ts";
import { pagesOf } from "./pages.ts";
import { imageArn } from "./place.ts";
import { openService } from "./services.ts";

const MOST_NAMED = 100;

// Service model inspector2: CoveredResource, ClusterInformation.
const COVERED = z.object({
  resourceId: word,
  scanStatus: z.object({ statusCode: word, reason: word }).catch({ statusCode: "", reason: "" }),
  resourceMetadata: loose(z.object({ ecrImage: loose(z.object({ inUseCount: loose(z.int().nonnegative()) })) })),
});
const WORKLOADS = z.object({ name: word, type: word });
const METADATA = z.object({
  awsEcsMetadataDetails: loose(z.object({ detailsGroup: word })),
  awsEksMetadataDetails: loose(z.object({ namespace: word, workloadInfoList: z.array(WORKLOADS).catch([]) })),
});
const DETAIL = z.object({ runningUnitCount: loose(z.number()), clusterMetadata: loose(METADATA) });
const CLUSTER = z.object({ clusterArn: word, clusterDetails: z.array(DETAIL).catch([]) });

type Detail = z.output<typeof DETAIL>;

/**
 * How many tasks and pods run an image, as Amazon Inspector counts it in ECS and EKS; where the settings ask for that. An image that it does not
 * cover it does not count.
 */
export function openUsage(
  { host, aws = {} }: Pick<RegistrySettings, "host" | "aws">,
  surroundings: Surroundings = USUAL,
): RegistryUsage | undefined {
  if (aws.inUse === undefined) return undefined;
  const access = accessOf(host, aws);
  const ask = openService(access, surroundings, async (config) => (await import("./inspector-calls.ts")).inspectorCalls(config));
  const { account, region } = access.place;
  return {
    name: `inspector-${account}-${region}`,
    async of({ repository, digest }, signal) {
      const arn = imageArn(access.place, repository, digest);
      const about = `what runs ${digest}`;
      const covered = pagesOf((next) => ask(about, (calls, options) => calls.coverage(arn, next, options), signal));
      const counted = countOf(await Array.fromAsync(covered), arn);
      if (counted === undefined) return { kind: "unknown", why: `Amazon Inspector does not count what runs ${digest}` };
      if (counted === 0) return { kind: "none" };
      const clusters = pagesOf((next) => ask(about, (calls, options) => calls.clusters(arn, next, options), signal));
      return running(await Array.fromAsync(clusters), counted);
    },
  };
}

/** The most that any of its entries says; `undefined` where none has a number. That it found nobody counts only where it has looked, and does. */
function countOf(items: readonly unknown[], arn: string): number | undefined {
  const own = items.flatMap((item) => COVERED.safeParse(item).data ?? []).filter(({ resourceId }) => resourceId === arn);
  const counts = own.flatMap(({ scanStatus, resourceMetadata }) => {
    const uses = resourceMetadata?.ecrImage?.inUseCount ?? undefined;
    return uses === undefined || (uses === 0 && !isLookedAt(scanStatus)) ? [] : [uses];
  });
  return counts.length === 0 ? undefined : Math.max(...counts);
}

/** It runs by the count; the names are for people, as far as they are told. */
function running(items: readonly unknown[], counted: number): CountedUse {
  const clusters = items.flatMap((item) => CLUSTER.safeParse(item).data ?? []);
  const names = clusters.flatMap(({ clusterArn, clusterDetails }) =>
    clusterDetails.filter(({ runningUnitCount }) => runningUnitCount !== 0).flatMap((detail) => namesOf(clusterOf(clusterArn), detail)),
  );
  const [first = { name: count(counted, "task or pod", "tasks or pods") }, ...more] = [...new Set(names)].slice(0, MOST_NAMED).map(named);
  return { kind: "running", workloads: [first, ...more] };
}

function namesOf(cluster: string, { clusterMetadata }: Detail): readonly string[] {
  const { awsEcsMetadataDetails: ecs, awsEksMetadataDetails: eks } = clusterMetadata ?? {};
  if (ecs) return [`${cluster}/${short(ecs.detailsGroup, 200)}`];
  return (eks?.workloadInfoList ?? []).map(({ name, type }) => `${cluster}/${short(`${eks?.namespace}/${type}/${name}`, 300)}`);
}

// arn:aws:ecs:REGION:ACCOUNT:cluster/NAME
function clusterOf(arn: string): string {
  return short(arn.slice(arn.indexOf("/") + 1), 200) || "a cluster";
}

function named(name: string): Workload {
  return { name };
}
