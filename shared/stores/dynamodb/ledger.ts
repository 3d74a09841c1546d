import { type AuditEvent, chainOf } from "../../domain/audit-event.ts";
import type { ImageRecord } from "../../domain/image-record.ts";
import { printImageKey } from "../../domain/image-ref.ts";
import type { Ledger, LedgerStep } from "../../ports/ledger.ts";
import { notBefore } from "../newest.ts";
import type { Actions } from "./actions.ts";
import { type Chains, holderKey } from "./chain.ts";
import type { Change } from "./change.ts";
import { placeKey } from "./digest-places.ts";
import type { Documents } from "./documents.ts";
import type { Evidence } from "./evidence.ts";
import { type KeptBefore, type KeptEvidence, saysPlace } from "./evidence-bodies.ts";
import type { Remembered } from "./evidence-history.ts";
import { type ImageDocument, imageItemKey, marksOf, newImage, touched } from "./image-document.ts";
import { listImages } from "./image-lists.ts";
import { allImages } from "./image-places.ts";
import type { JournalReads } from "./journal-reads.ts";
import type { Links } from "./links.ts";
import type { Requests } from "./requests.ts";
import type { Stamps } from "./stamps.ts";
import type { TagHeads } from "./tag-heads.ts";
import type { WaitingItems } from "./waiting.ts";

interface Parts {
  readonly requests: Requests;
  readonly documents: Documents;
  readonly stamps: Stamps;
  readonly waiting: WaitingItems;
  readonly actions: Actions;
  readonly links: Links;
  readonly tags: TagHeads;
  readonly chains: Chains;
  readonly journal: JournalReads;
  readonly evidence: Pick<Evidence, "keep" | "add" | "end">;
}

/** Events that share a transaction: each may be of another image, or takes an item that tells that it is known. */
const MOST_TOGETHER = 40;

/**
 * The ledger over one table. A step is one write of the image's item, which holds its record, the end of its chain, the entries that have no number
 * yet, the actions that are not listed yet and what was known last. One that tells something of the gate itself is a transaction.
 */
export function openLedger(parts: Parts): Omit<Ledger, "close"> {
  const { documents, actions, links, tags, journal } = parts;
  return {
    image: async (key) => (await documents.readToChange<ImageDocument>(imageItemKey(key)))?.record,
    images: (query) => listImages(parts, query),
    repositories: async (registry) => [...new Set((await allImages(parts.requests, registry)).map(({ image }) => image.repository))],
    parents: links.parents,
    carriers: links.carriers,
    bearers: tags.bearers,
    async commit(step) {
      const { evidence, image } = step;
      const kept =
        evidence?.kind === "gathered" ? await parts.evidence.keep(evidence.entry, await keptBefore(documents, image)) : undefined;
      const chains = [printImageKey(image.key), ...step.journal.map(chainOf)];
      return tellingOf(parts, chains, () => documents.change(printImageKey(image.key), (change) => commit(parts, change, step, kept)));
    },
    async append(events) {
      for (let at = 0; at < events.length; at += MOST_TOGETHER) await tell(parts, events.slice(at, at + MOST_TOGETHER));
    },
    action: actions.find,
    actions: actions.of,
    findActions: actions.search,
    ...journal,
  };
}

/** It was read to be judged, mostly. */
async function keptBefore(documents: Documents, { key }: ImageRecord): Promise<KeptBefore> {
  const before = await documents.recalled<ImageDocument>(imageItemKey(key));
  return before === "forgotten" ? "unknown" : (before?.known ?? {});
}

async function tell(parts: Parts, events: readonly AuditEvent[]): Promise<void> {
  const { documents, chains } = parts;
  await tellingOf(parts, events.map(chainOf), () => documents.change("journal", (change) => chains.append(change, events)));
}

/** Also where it fails: the answer may have been lost on the way. */
async function tellingOf<R>({ waiting, stamps }: Parts, chains: readonly string[], write: () => Promise<R>): Promise<R> {
  const since = stamps();
  try {
    return await write();
  } finally {
    waiting.add(chains.map((name) => ({ key: holderKey(name), since })));
  }
}

async function commit(parts: Parts, change: Change, step: LedgerStep, kept: KeptEvidence | undefined): Promise<"committed" | "conflict"> {
  const key = imageItemKey(step.image.key);
  const before = (await change.get<ImageDocument>(key)) ?? newImage(step.image.key);
  if (step.image.version !== (before.record?.version ?? 0) + 1) return "conflict";
  const next = changed(parts, before, step.image);
  const name = printImageKey(step.image.key);
  const own = step.journal.filter((event) => "image" in event && printImageKey(event.image) === name);
  const chain = parts.chains.extended(name, before.chain, own);
  const remembered = await rememberedBy(parts, change, before, step, kept);
  const acts = await parts.actions.write(change, before.acts ?? [], step);
  await parts.chains.append(change, step.journal, name);
  await announce(parts, before.record, step);
  const document = { ...next, ...(acts.length === 0 ? {} : { acts }), ...(chain === undefined ? {} : { chain }), ...remembered };
  change.put(key, document, marksOf(document));
  return "committed";
}

/** Whatever leads to the image is there before the step that makes it true. */
async function announce(
  { documents, links, tags }: Parts,
  before: ImageRecord | undefined,
  { image, evidence }: LedgerStep,
): Promise<void> {
  const isPlaced = before !== undefined || (evidence?.kind === "gathered" && saysPlace(evidence.entry));
  if (!isPlaced) await documents.putFact(placeKey(image.key), {});
  await Promise.all([links.announce(before, image), tags.announce(before, image)]);
}

function changed({ stamps }: Parts, before: ImageDocument, record: ImageRecord): ImageDocument {
  const now = stamps();
  const bornAt = before.record === undefined ? now : (before.bornAt ?? now);
  return { ...touched(before, now), record, bornAt };
}

async function rememberedBy(
  { evidence }: Parts,
  change: Change,
  before: Remembered,
  step: LedgerStep,
  kept: KeptEvidence | undefined,
): Promise<Remembered | undefined> {
  if (step.evidence?.kind === "gone") return evidence.end(change, step.image.key, before, notBefore(before.known?.at, step.evidence.at));
  if (step.evidence === undefined || kept === undefined) return undefined;
  const { entry } = step.evidence;
  return evidence.add(change, before, { ...entry, at: notBefore(before.known?.at, entry.at) }, kept);
}
