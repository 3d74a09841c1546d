import type { Digest } from "../../domain/digest.ts";
import type { ImageEvidence } from "../../domain/evidence.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import type { Instant } from "../../domain/time.ts";
import type { StoredEvidence } from "../../ports/evidence-store.ts";
import { type Draft, type DraftedFacts, draftOf, hashFact } from "../evidence-draft.ts";
import { replaceLists } from "../evidence-lists.ts";
import { placeKey } from "./digest-places.ts";
import type { Documents } from "./documents.ts";
import { type Key, shortHash } from "./item.ts";
import { pack } from "./packed.ts";
import { nameOf } from "./requests.ts";

/** The evidence without its facts, and the ids of its vulnerabilities: what searches read of every image. */
export interface Shell {
  readonly shell: string;
  /** Each: an id and its other names. */
  readonly names: readonly (readonly string[])[];
  /** Facts that are too few for an item of their own. */
  readonly facts?: Facts;
  /** Where the image's own configuration lies, which never changes: all evidence of the image shares it. */
  readonly config?: string;
}

/** A fact as JSON, with the time that its source first saw it in this one image. */
export type PackedFact = readonly [text: string, firstSeenAt?: number];
/** One list for each that was taken out of the shell, in their order. */
export interface Facts {
  readonly lists: readonly (readonly PackedFact[])[];
}

/** The same text gives the same object as long as the reader lives. */
export type FactReader = <T extends object>(text: string) => T;

/** Evidence of a digest; with its shell where that is small enough for the image's own item. */
export interface KeptEvidence {
  readonly digest: Digest;
  readonly shell?: Shell;
}

/** What more of an image's item is paid for with each write of it. */
const TINY_BYTES = 200;
/** Searches read shells of all images: what makes one longer than its KB lies apart. */
const SMALL_BYTES = 900;
/** A configuration that is as short as what names it. */
const SHORT_CONFIG = 150;
/** It tells configurations of one image apart, and stands in the key: an image has more than one only where they were read by another program. */
const CONFIG_ID = 16;
const NO_SHELL: Shell = { shell: "", names: [] };
/** Digests that are remembered as kept; a new process reads once. */
const MOST_REMEMBERED = 10_000;

/** What was kept of the image last, as far as that is known without asking; without a digest: nothing. */
export type KeptBefore = "unknown" | Partial<KeptEvidence>;

export interface EvidenceBodies {
  /** Keeps the evidence where it is not kept yet: equal evidence once. What no step comes to name is never read. */
  keep(entry: Omit<StoredEvidence, "digest">, before?: KeptBefore): Promise<KeptEvidence>;
  shells(kept: readonly KeptEvidence[]): Promise<readonly Shell[]>;
  /** The shells with their configurations. */
  whole(of: readonly { readonly image: ImageKey }[], shells: readonly Shell[]): Promise<readonly Shell[]>;
  /** Of the evidence whose shell it is. */
  facts(wanted: readonly { readonly digest: Digest; readonly shell: Shell }[]): Promise<readonly Facts[]>;
}

export function openEvidenceBodies(documents: Documents): EvidenceBodies {
  const keepOnce = openKeepOnce(documents);
  const all = async <T>(digests: readonly string[], part: Part): Promise<readonly T[]> =>
    whole(await documents.readAll<T>(digests.map((digest) => bodyKey(digest, part))));
  const drafted: DraftedFacts = new WeakMap();

  async function keepConfig(
    image: ImageKey,
    { id, value }: NonNullable<Parts["config"]>,
    last: Partial<KeptEvidence> | undefined,
  ): Promise<void> {
    if (last?.shell?.config === id) return;
    const isFirst = last !== undefined && last.digest === undefined;
    const key = placeKey(image, id);
    await keepOnce(key, isFirst, () => documents.putFact(key, value));
  }

  return {
    async keep(entry, before = "unknown") {
      const draft = draftOf(entry, (_, value) => hashFact(value), drafted);
      const { digest } = draft;
      const { config, ...parts } = partsOf(draft);
      const last = before === "unknown" ? undefined : before;
      if (config !== undefined) await keepConfig(entry.image, config, last);
      const isSmall = parts.facts === undefined;
      if (isSmall && pack(parts.shell, entry.image.digest).length <= TINY_BYTES) return { digest, shell: parts.shell };
      // What stood in the image's item does not lie apart; another program may pack it larger than that one did.
      const isApart = last?.digest === digest && last.shell === undefined;
      if (!isApart) await keepOnce(bodyKey(digest, "shell"), last !== undefined && isSmall, () => write(documents, digest, parts));
      return { digest };
    },
    async shells(wanted) {
      const apart = wanted.filter(({ shell }) => shell === undefined).map(({ digest }) => digest);
      const read = (await all<Shell>(apart, "shell")).values();
      return wanted.map(({ shell }) => shell ?? read.next().value ?? NO_SHELL);
    },
    async whole(of, shells) {
      const keys = shells.flatMap(({ config }, place) => withConfig(of[place]?.image, config));
      const configs = whole(await documents.readAll<object>(keys)).values();
      return shells.map(({ config, ...shell }) =>
        config === undefined ? shell : { ...shell, shell: JSON.stringify({ ...JSON.parse(shell.shell), config: configs.next().value }) },
      );
    },
    async facts(wanted) {
      const apart = wanted.filter(({ shell }) => shell.facts === undefined).map(({ digest }) => digest);
      const read = new Map((await all<Facts>(apart, "facts")).map((facts, place) => [apart[place], facts]));
      return wanted.map(({ digest, shell }) => shell.facts ?? read.get(digest) ?? { lists: [] });
    },
  };
}

type Part = "shell" | "facts";
type KeepOnce = (key: Key, isNew: boolean, put: () => Promise<void>) => Promise<void>;

/** `isNew`: it is hardly there yet, and to write it again costs no more than to ask. */
function openKeepOnce(documents: Documents): KeepOnce {
  const kept = new Set<string>();
  return async (key, isNew, put) => {
    const name = nameOf(key);
    if (kept.has(name)) return;
    if (isNew || (await documents.read(key)) === undefined) await put();
    if (kept.size >= MOST_REMEMBERED) kept.clear();
    kept.add(name);
  };
}

function whole<T>(found: readonly (T | undefined)[]): readonly T[] {
  return found.map((body) => {
    if (body === undefined) throw new Error("evidence that the history names is gone from the table");
    return body;
  });
}

function bodyKey(id: string, part: Part): Key {
  return { pk: `evidence#${id}`, sk: part };
}

function withConfig(image: ImageKey | undefined, config: string | undefined): readonly Key[] {
  return image === undefined || config === undefined ? [] : [placeKey(image, config)];
}

/** Whether what is kept of it says, too, where the image is. */
export function saysPlace({ evidence: { config } }: Pick<StoredEvidence, "evidence">): boolean {
  return JSON.stringify(config).length > SHORT_CONFIG;
}

interface Parts {
  readonly shell: Shell;
  /** Absent where they are in the shell. */
  readonly facts?: Facts;
  readonly config?: { readonly id: string; readonly value: object };
}

function partsOf({ shell: text, lists, entry: { evidence } }: Draft): Parts {
  const { config: value, ...rest }: { readonly config: object } = JSON.parse(text);
  const isShort = !saysPlace({ evidence });
  const id = shortHash(JSON.stringify(value)).slice(0, CONFIG_ID);
  const shell = isShort ? text : JSON.stringify(rest);
  const packed = lists.map((list) =>
    list.map(({ text, firstSeenAt }): PackedFact => (firstSeenAt === undefined ? [text] : [text, firstSeenAt])),
  );
  const names = lists.flat().flatMap((fact) => (fact.names.length === 0 ? [] : [fact.names]));
  const facts: Facts = { lists: packed };
  const outer: Shell = {
    shell,
    names: [...new Map(names.map((each) => [each.join("\n"), each])).values()],
    ...(isShort ? {} : { config: id }),
  };
  const whole: Shell = { ...outer, facts };
  const parts = pack(whole, "").length <= SMALL_BYTES ? { shell: whole } : { shell: outer, facts };
  return isShort ? parts : { ...parts, config: { id, value } };
}

/** The shell comes last: who finds it finds the facts. */
async function write(documents: Documents, digest: Digest, { shell, facts }: Pick<Parts, "shell" | "facts">): Promise<void> {
  if (facts !== undefined) await documents.putFact(bodyKey(digest, "facts"), facts);
  await documents.putFact(bodyKey(digest, "shell"), shell);
}

export function openFactReader(): FactReader {
  const facts = new Map<string, unknown>();
  return <T extends object>(text: string): T => {
    // This store wrote it from a value of the type that is asked for.
    const known = facts.get(text) as T | undefined;
    if (known !== undefined) return known;
    const fact: T = JSON.parse(text);
    facts.set(text, fact);
    return fact;
  };
}

/** Puts the facts back into their shell; `isWished`: these alone. */
export function unpackEvidence(
  shell: string,
  { lists }: Facts,
  gatheredAt: Instant,
  fact: FactReader,
  isWished: (text: string, fact: () => object) => boolean,
): ImageEvidence {
  let place = 0;
  return replaceLists(JSON.parse(shell), gatheredAt, <T extends object>() =>
    (lists[place++] ?? []).flatMap(([text, firstSeenAt]): T[] => {
      if (!isWished(text, () => fact(text))) return [];
      const shared = fact<T>(text);
      return [firstSeenAt === undefined ? shared : { ...shared, firstSeenAt }];
    }),
  );
}
