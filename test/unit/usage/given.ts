import type { Digest } from "../../../shared/domain/digest.ts";
import type { SeenUsage } from "../../../shared/ports/usage-reader.ts";
import { readUsage, readUsageText } from "../../../shared/usage/reading.ts";
import { usageReaders } from "../../../shared/usage/table.ts";

export const readers = await Promise.all(Object.values(usageReaders).map((load) => load()));

/** As the command line does it: text in pieces, the members that nobody looks at dropped on the way. */
export async function seen(documents: readonly unknown[], from?: string): Promise<SeenUsage> {
  const read = documents.map((document, index) => readUsageText(piecesOf(JSON.stringify(document)), readers, `document ${index}`));
  return readUsage(await Promise.all(read), readers, from);
}

async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
}

/** Which workloads run what, in short. */
export function runs({ images }: SeenUsage): Readonly<Record<Digest, readonly string[]>> {
  return Object.fromEntries(images.map(({ digest, workloads }) => [digest, workloads.map(({ name }) => name)]));
}

/** Workloads of which it is not known what they run, with the image's name. */
export function doubts({ unmatched }: SeenUsage): readonly string[] {
  return unmatched.map(({ workload, repository }) => `${workload.name} runs ${repository ?? "?"}`);
}
