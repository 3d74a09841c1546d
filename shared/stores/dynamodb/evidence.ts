import type { ImageKey } from "../../domain/image-ref.ts";
import type { Instant } from "../../domain/time.ts";
import type { EvidenceStore, FactWish, StoredEvidence } from "../../ports/evidence-store.ts";
import { inPages } from "../../ports/in-pages.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import {
  type EvidenceBodies,
  type FactReader,
  type Facts,
  type KeptEvidence,
  openEvidenceBodies,
  openFactReader,
  type Shell,
  unpackEvidence,
} from "./evidence-bodies.ts";
import { type History, type Known, openHistory, type Remembered } from "./evidence-history.ts";
import { type ImageDocument, imageItemKey, marksOf, newImage, touched } from "./image-document.ts";
import { allImages, imagesIn } from "./image-places.ts";
import type { Requests } from "./requests.ts";
import type { Stamps } from "./stamps.ts";

/** Images that are read at a time: with their facts they may take some MB. */
const PAGE = 50;
const NO_FACTS: Facts = { lists: [] };

type Filter = Parameters<EvidenceStore["entries"]>[1];

/** The store's evidence, with what a step of the ledger writes of it. */
export interface Evidence {
  readonly store: EvidenceStore;
  keep: EvidenceBodies["keep"];
  /** @returns what the image's item is to hold; `undefined` where it stays */
  add(change: Change, remembered: Remembered, entry: Omit<StoredEvidence, "digest">, kept: KeptEvidence): Promise<Remembered | undefined>;
  end: History["end"];
}

interface KnownImage {
  readonly image: ImageKey;
  readonly known: Known & KeptEvidence;
}

export function openEvidence(requests: Requests, documents: Documents, stamps: Stamps): Evidence {
  const bodies = openEvidenceBodies(documents);
  const history = openHistory(documents);

  const add: Evidence["add"] = (change, remembered, { image, at, tags, verdict, evidence }, kept) => {
    const next = { at, gatheredAt: evidence.gatheredAt, ...kept, tags: [...tags].sort(), ...(verdict === undefined ? {} : { verdict }) };
    return history.add(change, image, remembered, next);
  };

  /** The image's item with another newest evidence. */
  async function renew(image: ImageKey, next: (change: Change, document: ImageDocument) => Promise<Remembered | undefined>): Promise<void> {
    const key = imageItemKey(image);
    await documents.change(`${key.pk} ${key.sk}`, async (change) => {
      const document = (await change.get<ImageDocument>(key)) ?? touched(newImage(image), stamps());
      const remembered = await next(change, document);
      if (remembered !== undefined) change.put(key, { ...document, ...remembered }, marksOf({ ...document, ...remembered }));
    });
  }

  async function* knownImages(
    asOf: Instant | undefined,
    { registry, repository }: NonNullable<Filter> = {},
  ): AsyncGenerator<readonly KnownImage[]> {
    if (registry !== undefined && repository !== undefined) {
      for await (const page of inPages(imagesIn(documents, { registry, repository }), PAGE)) yield await knownOf(history, page, asOf);
      return;
    }
    const all = await allImages(requests, registry);
    const meant = repository === undefined ? all : all.filter(({ image }) => image.repository === repository);
    for await (const page of inPages(meant, PAGE)) yield await knownOf(history, await readAt(documents, page), asOf);
  }

  return {
    keep: bodies.keep,
    add,
    end: history.end,
    store: {
      async put(entry, version) {
        const kept = await bodies.keep(entry);
        await renew(entry.image, async (change, document) =>
          version === undefined || document.record?.version === version ? add(change, document, entry, kept) : undefined,
        );
        return kept.digest;
      },
      forget: (image, at) => renew(image, (change, remembered) => history.end(change, image, remembered, at)),
      last: async (image) => (await Array.fromAsync(entries(bodies, only(documents, history, image))))[0],
      entries: (asOf, filter) => entries(bodies, knownImages(asOf, filter)),
      imagesWith: (vulnerabilities) => imagesWith(bodies, knownImages(undefined), vulnerabilities),
      namesOf: (vulnerability) => namesOf(bodies, knownImages(undefined), vulnerability),
      search: (wish) => search(bodies, knownImages(undefined), wish),
    },
  };
}

async function readAt(documents: Documents, page: readonly { readonly image: ImageKey }[]): Promise<readonly ImageDocument[]> {
  return (await documents.readAll<ImageDocument>(page.map(({ image }) => imageItemKey(image)))).filter(
    (document) => document !== undefined,
  );
}

async function* only(documents: Documents, history: History, image: ImageKey): AsyncGenerator<readonly KnownImage[]> {
  yield await knownOf(history, await readAt(documents, [{ image }]), undefined);
}

async function knownOf(history: History, page: readonly ImageDocument[], asOf: Instant | undefined): Promise<readonly KnownImage[]> {
  const known = await Promise.all(page.map((document) => knownImage(history, document, asOf)));
  return known.filter((each) => each !== undefined);
}

async function knownImage(history: History, document: ImageDocument, asOf: Instant | undefined): Promise<KnownImage | undefined> {
  const { key, known } = document;
  const then = asOf === undefined ? known : await history.asOf(key, document, asOf);
  return then?.digest === undefined ? undefined : { image: key, known: { ...then, digest: then.digest } };
}

type Pages = AsyncIterable<readonly KnownImage[]>;

async function* entries(bodies: EvidenceBodies, pages: Pages): AsyncGenerator<StoredEvidence> {
  const fact = openFactReader();
  for await (const page of pages) {
    const shells = await bodies.whole(page, await bodies.shells(page.map(({ known }) => known)));
    const facts = await bodies.facts(shells.flatMap((shell, place) => withDigest(shell, page[place]?.known.digest)));
    for (const [place, { image, known }] of page.entries()) {
      const { verdict } = known;
      const stored = storedOf(image, known, shells[place], facts[place], fact, () => true);
      yield verdict === undefined ? stored : { ...stored, verdict };
    }
  }
}

function storedOf(
  image: ImageKey,
  { at, tags, digest, gatheredAt }: KnownImage["known"],
  shell: Shell | undefined,
  facts: Facts | undefined,
  fact: FactReader,
  isWished: Parameters<typeof unpackEvidence>[4],
): Omit<StoredEvidence, "verdict"> {
  return { image, tags, at, digest, evidence: unpackEvidence(shell?.shell ?? "", facts ?? NO_FACTS, gatheredAt, fact, isWished) };
}

/**
 * Reads the ids of all images, a page at a time: an index from id to image would have each push write an item for every finding. 40,000 images
 * are about 40 MB.
 */
async function imagesWith(bodies: EvidenceBodies, pages: Pages, vulnerabilities: readonly string[]): Promise<readonly ImageKey[]> {
  const wanted = new Set(vulnerabilities);
  const found: ImageKey[] = [];
  if (wanted.size === 0) return found;
  for await (const page of pages) {
    const shells = await bodies.shells(page.map(({ known }) => known));
    for (const [place, { image }] of page.entries()) if (goesBy(shells[place], wanted)) found.push(image);
  }
  return found;
}

function goesBy(shell: Shell | undefined, wanted: ReadonlySet<string>): boolean {
  return shell?.names.some((names) => names.some((name) => wanted.has(name))) === true;
}

async function namesOf(bodies: EvidenceBodies, pages: Pages, vulnerability: string): Promise<readonly string[]> {
  const names = new Set([vulnerability]);
  for await (const page of pages)
    for (const shell of await bodies.shells(page.map(({ known }) => known)))
      for (const group of shell.names) if (group.includes(vulnerability)) for (const name of group) names.add(name);
  return [...names].sort();
}

/** Facts are read only where one of them may be wished for. */
async function* search(bodies: EvidenceBodies, pages: Pages, wish: FactWish): AsyncGenerator<Omit<StoredEvidence, "verdict">> {
  const fact = openFactReader();
  const isWished = wishOf(wish);
  const wanted = wish.kind === "named" ? new Set(wish.names) : undefined;
  for await (const page of pages) {
    const shells = await bodies.whole(page, await bodies.shells(page.map(({ known }) => known)));
    const read = shells.flatMap((shell, place) =>
      wanted === undefined || goesBy(shell, wanted) ? withDigest(shell, page[place]?.known.digest) : [],
    );
    const facts = new Map((await bodies.facts(read)).map((each, place) => [read[place]?.digest, each]));
    for (const [place, { image, known }] of page.entries())
      yield storedOf(image, known, shells[place], facts.get(known.digest), fact, isWished);
  }
}

function withDigest(shell: Shell, digest: KnownImage["known"]["digest"] | undefined) {
  return digest === undefined ? [] : [{ shell, digest }];
}

function wishOf(wish: FactWish): Parameters<typeof unpackEvidence>[4] {
  if (wish.kind === "named") {
    const names = new Set(wish.names);
    return (_, fact) => namesIn(fact()).some((name) => names.has(name));
  }
  const texts = wish.texts.map((text) => JSON.stringify(text).slice(1, -1));
  return (json, fact) => texts.some((text) => json.includes(text)) && wish.isMeant(fact());
}

/** A vulnerability alone has both; whatever else has an id goes by no name. */
function namesIn(fact: { readonly id?: unknown; readonly aliases?: unknown }): readonly string[] {
  return Array.isArray(fact.aliases) ? [fact.id, ...fact.aliases].filter((name) => typeof name === "string") : [];
}
