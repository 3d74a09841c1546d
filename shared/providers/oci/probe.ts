import type { Digest } from "../../domain/digest.ts";
import type { Repository, Tag } from "../../domain/image-ref.ts";
import type { Probe } from "../../domain/probe.ts";
import { AdapterError, type AdapterErrorCode } from "../../ports/adapter-error.ts";
import { inParallel } from "./in-parallel.ts";
import type { Puller } from "./pullers.ts";

/** What is asked for: an image by its tags and its digest, and the children that went with it. */
export interface Asked {
  readonly repository: Repository;
  readonly digest: Digest;
  readonly tags: readonly Tag[];
  readonly children: readonly Digest[];
}

export interface Probed {
  readonly probes: readonly Probe[];
  /** Tags that pull something else at the registry itself. */
  readonly movedTags: readonly Tag[];
}

type Answer = Pick<Probe, "answer" | "why"> | "elsewhere";

/** Asks as somebody who pulls, way by way. No fault is thrown: what could not be asked is unknown. */
export async function probe(pullers: readonly Puller[], asked: Asked, signal?: AbortSignal): Promise<Probed> {
  const all = await Promise.all(pullers.map((puller) => probeAs(puller, asked, signal)));
  return { probes: all.flatMap(({ probes }) => probes), movedTags: all[0]?.movedTags ?? [] };
}

async function probeAs(puller: Puller, asked: Asked, signal?: AbortSignal): Promise<Probed> {
  const mayRead = onceAsked(() => canRead(puller, asked.repository, signal));
  const byDigest = (digest: Digest) => ask(puller, asked.repository, digest, digest, mayRead, signal);
  const first = await byDigest(asked.digest);
  // Where the registry cannot be reached at all, it is not tried for each way anew.
  const isDown = first !== "elsewhere" && first.answer === "unknown";
  const tags = await inParallel(
    asked.tags,
    async (tag) => [tag, isDown ? first : await ask(puller, asked.repository, tag, asked.digest, mayRead, signal)] as const,
  );
  const children = await inParallel(asked.children, async (child) => [child, isDown ? first : await byDigest(child)] as const);
  return {
    probes: [
      ...tags.map(([tag, answer]) => told(puller, "tag", tag, answer)),
      told(puller, "digest", asked.digest, first),
      ...children.map(([child, answer]) => told(puller, "index", child, answer)),
    ],
    movedTags: tags.filter(([, answer]) => answer === "elsewhere").map(([tag]) => tag),
  };
}

/** A tag that pulls something else does not pull the image. */
function told({ host, isReplica }: Puller, way: Probe["way"], reference: Tag | Digest, answer: Answer): Probe {
  return { way, host, ...(isReplica ? { isReplica } : {}), reference, ...(answer === "elsewhere" ? { answer: "refused" } : answer) };
}

async function ask(
  { client }: Puller,
  repository: Repository,
  reference: Tag | Digest,
  wanted: Digest,
  mayRead: () => Promise<Answer | "yes">,
  signal?: AbortSignal,
): Promise<Answer> {
  try {
    const found = await client.resolve(repository, reference, signal);
    if (found !== undefined) return found === wanted ? { answer: "served" } : "elsewhere";
    const may = await mayRead();
    return may === "yes" ? { answer: "refused" } : may;
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    if (!REFUSALS.includes(error.code)) return unknown(error);
    const may = await mayRead();
    return may === "yes" ? { answer: "refused" } : may;
  }
}

/** What a registry says that does not let an image be pulled: 403, 410, 409 and 412 (Harbor). */
const REFUSALS: readonly AdapterErrorCode[] = ["forbidden", "not-found", "refused", "conflict"];

/**
 * Some registries say 404 and 403 as well to those who may not read the repository at all. Whoever may list its tags may read it; a refusal to
 * anybody else says nothing of the hold. The gate's own right to read is known.
 */
async function canRead({ client, isGate }: Puller, repository: Repository, signal?: AbortSignal): Promise<Answer | "yes"> {
  if (isGate) return "yes";
  try {
    for await (const _ of client.tags(repository, signal)) break;
    return "yes";
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return error.code === "not-found" ? "yes" : unknown(error);
  }
}

function unknown({ message }: AdapterError): Answer {
  return { answer: "unknown", why: message };
}

function onceAsked<T>(work: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= work();
    return asked;
  };
}
