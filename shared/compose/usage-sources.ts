import type { SeenUsage } from "../ports/usage-reader.ts";
import type { Environment } from "../runtime/config.ts";
import { listCluster } from "../usage/kubernetes/cluster.ts";
import { ownCluster } from "../usage/kubernetes/in-cluster.ts";
import { readKubeconfig } from "../usage/kubernetes/kubeconfig.ts";
import { readUsage, readUsageText, type UsageDocument } from "../usage/reading.ts";
import { usageReaders } from "../usage/table.ts";

/** A document as text: a file or what is piped in. */
export interface UsageText {
  readonly place: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What runs by documents that were printed. @throws ParseError, AdapterError */
export async function usageOfTexts(texts: readonly UsageText[], from?: string): Promise<SeenUsage> {
  const readers = await Promise.all(Object.values(usageReaders).map((load) => load()));
  const documents: UsageDocument[] = [];
  for (const { place, chunks } of texts) documents.push(await readUsageText(chunks, readers, place));
  return readUsage(documents, readers, from);
}

/** `file`: of a kubeconfig; absent: the cluster that this process runs in. */
export interface ClusterChoice {
  readonly file?: string;
  readonly context?: string;
}

/** What runs by a cluster's own word. @throws ParseError, AdapterError */
export async function usageOfCluster({ file, context }: ClusterChoice, environment: Environment, signal?: AbortSignal): Promise<SeenUsage> {
  const access = file === undefined ? ownCluster(environment) : readKubeconfig(file, context);
  const documents = await listCluster(access, signal);
  const reader = await usageReaders["kubernetes"]?.();
  return readUsage(documents, reader === undefined ? [] : [reader], "kubernetes");
}
