import type { Digest } from "../../domain/digest.ts";
import type { ImageEvidence } from "../../domain/evidence.ts";
import type { Instant } from "../../domain/time.ts";
import type { StoredEvidence } from "../../ports/evidence-store.ts";
import { type Draft, type DraftedFacts, draftOf, hashFact } from "../evidence-draft.ts";
import { replaceLists } from "../evidence-lists.ts";
import type { Documents } from "./documents.ts";
import { type Key, shortHash } from "./item.ts";
import { pack } from "./packed.ts";

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
const TINY_BYTES = 240;
/** Searches read shells of all images: what makes one longer than its KB lies apart. */
const SMALL_BYTES = 900;
/** A configuration that is as short as what names it. */
const SHORT_CONFIG = 150;
const NO_SHELL: Shell = { shell: "", names: [] };
/** Digests that are remembered as kept; a new process reads once. */
const MOST_REMEMBERED = 10_000;

export interface EvidenceBodies {
  /** Keeps the evidence where it is not kept yet: equal evidence once. What no step comes to name is never read. */
  keep(entry: Omit<StoredEvidence, "digest">): Promise<KeptEvidence>;
  shells(kept: readonly KeptEvidence[]): Promise<readonly Shell[]>;
  /** The shells with their configurations. */
  whole(shells: readonly Shell[]): Promise<readonly Shell[]>;
  /** Of the evidence whose shell it is. */
  facts(wanted: readonly { readonly digest: Digest; readonly shell: Shell }[]): Promise<readonly Facts[]>;
}

export function openEvidenceBodies(documents: Documents): EvidenceBodies {
  const kept = new Set<string>();
  const drafted: DraftedFacts = new WeakMap();

  async function all<T>(digests: readonly string[], part: Part): Promise<readonly T[]> {
    const found = await documents.readAll<T>(digests.map((digest) => bodyKey(digest, part)));
    return found.map((body) => {
      if (body === undefined) throw new Error("evidence that the history names is gone from the table");
      return body;
    });
  }

  async function keepOnce(id: string, part: Part, put: () => Promise<void>): Promise<void> {
    if (kept.has(id)) return;
    if ((await documents.read(bodyKey(id, part))) === undefined) await put();
    if (kept.size >= MOST_REMEMBERED) kept.clear();
    kept.add(id);
  }

  return {
    async keep(entry) {
      const draft = draftOf(entry, (_, value) => hashFact(value), drafted);
      const { digest } = draft;
      const { config, ...parts } = partsOf(draft);
      if (config !== undefined) await keepOnce(config.id, "config", () => documents.putFact(bodyKey(config.id, "config"), config.value));
      if (parts.facts === undefined && pack(parts.shell, entry.image.digest).length <= TINY_BYTES) return { digest, shell: parts.shell };
      await keepOnce(digest, "shell", () => write(documents, digest, parts));
      return { digest };
    },
    async shells(wanted) {
      const apart = wanted.filter(({ shell }) => shell === undefined).map(({ digest }) => digest);
      const read = (await all<Shell>(apart, "shell")).values();
      return wanted.map(({ shell }) => shell ?? read.next().value ?? NO_SHELL);
    },
    async whole(shells) {
      const ids = [...new Set(shells.flatMap(({ config }) => config ?? []))];
      const configs = new Map((await all<object>(ids, "config")).map((value, place) => [ids[place], value]));
      return shells.map(({ config, ...shell }) =>
        config === undefined ? shell : { ...shell, shell: JSON.stringify({ ...JSON.parse(shell.shell), config: configs.get(config) }) },
      );
    },
    async facts(wanted) {
      const apart = wanted.filter(({ shell }) => shell.facts === undefined).map(({ digest }) => digest);
      const read = new Map((await all<Facts>(apart, "facts")).map((facts, place) => [apart[place], facts]));
      return wanted.map(({ digest, shell }) => shell.facts ?? read.get(digest) ?? { lists: [] });
    },
  };
}

type Part = "shell" | "facts" | "config";

function bodyKey(id: string, part: Part): Key {
  return { pk: `evidence#${id}`, sk: part };
}

interface Parts {
  readonly shell: Shell;
  /** Absent where they are in the shell. */
  readonly facts?: Facts;
  readonly config?: { readonly id: string; readonly value: object };
}

function partsOf({ shell: text, lists, entry: { evidence } }: Draft): Parts {
  const { config: value, ...rest }: { readonly config: object } = JSON.parse(text);
  const isShort = JSON.stringify(evidence.config).length <= SHORT_CONFIG;
  const id = shortHash(JSON.stringify(value));
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
