import * as z from "zod";
import { printInstant } from "../../../shared/domain/time.ts";
import { readExploitPrediction } from "../../../shared/feeds/exploit-prediction.ts";
import { readKnownExploited } from "../../../shared/feeds/known-exploited.ts";
import { readOsvRecord, readWithdrawn } from "../../../shared/feeds/osv.ts";
import { compare, type IndexedCase, type IndexedKind, type Row } from "./row.ts";

type Judge = (given: IndexedCase) => Row;

/** Feeds of threat facts: what the reader finds in them is what was counted in the file. */
function each(judge: Judge): IndexedKind {
  return async function* (cases) {
    for (const given of cases) yield judge(given);
  };
}

const KEV = z.object({
  catalogVersion: z.string(),
  dateReleased: z.string(),
  count: z.number(),
  entries: z.number(),
  ransomwareKnown: z.number(),
  first: z.string(),
  withCwes: z.number(),
});

export const knownExploited = each(({ file, expected, bytes }) => {
  const { dateReleased, count, ransomwareKnown, first } = KEV.parse(expected);
  const read = readKnownExploited(bytes);
  return compare(
    file,
    { madeAt: new Date(dateReleased).getTime(), entries: count, ransomwareKnown, first },
    {
      madeAt: read.madeAt,
      entries: read.entries.size,
      ransomwareKnown: [...read.entries.values()].filter((entry) => entry.usedByRansomware === true).length,
      first: [...read.entries.keys()][0],
    },
  );
});

const EPSS = z.object({ comment: z.string(), header: z.string(), rows: z.number(), first: z.string() });

export const exploitPrediction = each(({ file, expected, bytes }) => {
  const { comment, rows, first } = EPSS.parse(expected);
  const { model, madeAt, entries } = readExploitPrediction(bytes);
  const [id, score] = [...entries][0] ?? [];
  const [name = "", probability, percentile] = first.split(",");
  return compare(
    file,
    { rows, first: [name, Number(probability), Number(percentile)], day: true, model: true },
    {
      rows: entries.size,
      first: [id, score?.probability, score?.percentile],
      day: comment.includes(`score_date:${printInstant(madeAt).slice(0, 10)}`),
      model: comment.includes(`model_version:${model},`),
    },
  );
});

const OSV = z.object({
  id: z.string(),
  aliases: z.array(z.string()),
  upstream: z.array(z.string()),
  published: z.string().nullable(),
  modified: z.string().nullable(),
  withdrawn: z.string().nullable(),
});

export const osvRecords = each(({ file, expected, bytes }) => {
  const { id, aliases, upstream, published, modified, withdrawn } = OSV.parse(expected);
  const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const record = readOsvRecord(document);
  const list = readWithdrawn(new TextEncoder().encode(JSON.stringify([document])));
  return compare(
    file,
    { id, aliases, upstream, published: time(published), modified: time(modified), withdrawn: withdrawn === null ? [] : [id] },
    {
      id: record.id,
      aliases: record.aliases,
      upstream: record.upstream,
      published: record.publishedAt,
      modified: record.modifiedAt,
      withdrawn: [...list.entries.keys()],
    },
  );
});

function time(text: string | null): number | undefined {
  return text === null ? undefined : new Date(text).getTime();
}
