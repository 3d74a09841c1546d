import * as z from "zod";
import { type Instant, instant, parseInstant } from "../domain/time.ts";
import { readJson } from "../runtime/json.ts";
import { type FeedText, inFeed, malformed } from "./reading.ts";
import { unpack } from "./unpack.ts";

const IDS = z.array(z.string().max(200)).max(10_000).nullish();
const RECORD = z.object({
  id: z.string().min(1).max(200),
  aliases: IDS,
  upstream: IDS,
  published: z.string().nullish(),
  modified: z.string().nullish(),
  withdrawn: z.string().nullish(),
});

/** An OSV record (OSV schema 1.7), as far as it says which vulnerability it is and whether it still is one. `related` says neither. */
export interface OsvRecord {
  readonly id: string;
  /** Other names of the same vulnerability. */
  readonly aliases: readonly string[];
  /** The vulnerabilities that a distribution's record rests on; an advisory rests on many. */
  readonly upstream: readonly string[];
  readonly publishedAt?: Instant;
  readonly modifiedAt?: Instant;
  readonly withdrawnAt?: Instant;
}

const MOST_BYTES = 128 * 1024 * 1024;
const LIMITS = { maxBytes: MOST_BYTES, maxDepth: 32 };
const PLACE = "the OSV records";

/** @throws AdapterError malformed */
export function readOsvRecord(document: unknown): OsvRecord {
  const read = RECORD.safeParse(document);
  if (!read.success) throw malformed(`an OSV record: ${read.error.issues[0]?.path.join(".") || "the whole"} is not as the schema has it`);
  const { id, aliases, upstream, published, modified, withdrawn } = read.data;
  return {
    id,
    aliases: aliases ?? [],
    upstream: upstream ?? [],
    ...inFeed(id, () => ({ ...timed("publishedAt", published), ...timed("modifiedAt", modified), ...timed("withdrawnAt", withdrawn) })),
  };
}

function timed<Name extends string>(name: Name, text: string | null | undefined): { readonly [key in Name]?: Instant } {
  return text === null || text === undefined ? {} : ({ [name]: parseInstant(text, name) } as { readonly [key in Name]: Instant });
}

/**
 * Which ids were withdrawn: a list of OSV records, or one record a line, also gzipped. A record withdraws its own id alone. Its aliases stay: an
 * advisory that was found to be a double of another leaves the vulnerability where it is.
 * @throws AdapterError too-large, malformed
 */
export function readWithdrawn(bytes: Uint8Array): FeedText<{ readonly at: Instant | "unknown" }> {
  const records = documents(unpack(bytes, MOST_BYTES, PLACE)).map(readOsvRecord);
  const entries = new Map(
    records.flatMap(({ id, withdrawnAt }) => (withdrawnAt === undefined ? [] : [[id, { at: withdrawnAt }] as const])),
  );
  const changes = records.flatMap(({ modifiedAt, withdrawnAt }) => [modifiedAt ?? 0, withdrawnAt ?? 0]);
  // A reduce, for a spread of many records would not fit on the stack.
  return { madeAt: instant(changes.reduce((last, at) => Math.max(last, at), 0)), entries };
}

function documents(text: string): readonly unknown[] {
  const encoder = new TextEncoder();
  const isList = text.trimStart().startsWith("[");
  const texts = isList ? [text] : text.split("\n").filter((line) => line.trim() !== "");
  const read = texts.map((each) => readJson(encoder.encode(each), { ...LIMITS, place: PLACE }));
  return isList ? read.flat() : read;
}
