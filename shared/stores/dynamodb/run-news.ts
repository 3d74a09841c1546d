import { newsOf } from "../../audit/run-news.ts";
import type { AuditEvent } from "../../domain/audit-event.ts";
import { printImageKey } from "../../domain/image-ref.ts";
import { type News, type NewsCounts, type RunNews, URGENT_NEWS } from "../../domain/run-news.ts";
import { type Instant, instant } from "../../domain/time.ts";
import type { UntoldRun } from "../../ports/run-store.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";
import { findRun, type RunDocument } from "./run-document.ts";
import type { CountNews } from "./settle.ts";

/** What happened in one run and no summary has told yet. */
export interface NewsDocument {
  readonly run: string;
  /** Number of the last batch whose events of this run were counted, here or with the run that took its place. */
  readonly through: number;
  readonly rows: readonly NewsRow[];
}

interface NewsRow {
  readonly news: News;
  readonly place: string;
  readonly count: number;
  readonly images: readonly string[];
  readonly firstAt: Instant;
  readonly lastAt: Instant;
}

const HASH = "news";
/** Places and images that a summary names. */
const MOST_NAMED = 10;

export function newsKey(run: string): Key {
  return { pk: HASH, sk: run };
}

/** Counts what happened in runs, with the batch that numbers it: no step of one image waits for another's because of a count. */
export function openCountNews(documents: Documents): CountNews {
  return async (batch, entries) => {
    const told = entries.flatMap(({ event }) => (newsOfEvent(event) === undefined ? [] : [event]));
    for (const [run, events] of Map.groupBy(told, ({ partOf = "" }) => partOf))
      await documents.change(`news ${run}`, (change) => count(documents, change, run, batch, events));
  };
}

/** The run that the events name says whether they are counted: by the next time another may have taken its place. */
async function count(documents: Documents, change: Change, run: string, batch: number, events: readonly AuditEvent[]): Promise<void> {
  const own = await newsIn(change, run);
  if (own.through >= batch) return;
  const counted: NewsDocument = { ...own, through: batch };
  change.put(newsKey(run), counted);
  const place = (await findRun(documents, run))?.id ?? run;
  const news = place === run ? counted : await newsIn(change, place);
  change.put(newsKey(place), { ...news, rows: events.reduce(withEvent, news.rows) } satisfies NewsDocument);
}

async function newsIn(change: Change, run: string): Promise<NewsDocument> {
  return (await change.get<NewsDocument>(newsKey(run))) ?? { run, through: 0, rows: [] };
}

function newsOfEvent(event: AuditEvent): News | undefined {
  return event.partOf === undefined ? undefined : newsOf(event);
}

function withEvent(rows: readonly NewsRow[], event: AuditEvent): readonly NewsRow[] {
  const news = newsOfEvent(event);
  if (news === undefined) return rows;
  const { place, name } = subjectOf(event);
  const fresh: NewsRow = { news, place, count: 0, images: [], firstAt: event.at, lastAt: event.at };
  const row = rows.find((each) => each.news === news && each.place === place) ?? fresh;
  const images = row.images.length < MOST_NAMED ? [...row.images, name] : row.images;
  const next = { ...row, count: row.count + 1, images, lastAt: instant(Math.max(row.lastAt, event.at)) };
  return [...rows.filter((each) => each !== row), next];
}

function subjectOf(event: AuditEvent): { readonly place: string; readonly name: string } {
  if ("image" in event) return { place: `${event.image.registry}/${event.image.repository}`, name: printImageKey(event.image) };
  return { place: "", name: event.kind === "parked" ? event.work : "" };
}

/** Runs with news, but for emergencies, which tell of themselves; what happened first comes first. */
export async function untold(documents: Documents): Promise<readonly UntoldRun[]> {
  const found: UntoldRun[] = [];
  for await (const { body } of documents.list<NewsDocument>({ hash: HASH })) {
    const { run, rows } = body;
    if (rows.length === 0) continue;
    const known = await findRun(documents, run);
    if (known === undefined || known.cause === "emergency") continue;
    const [since, lastAt] = [Math.min(...rows.map(({ firstAt }) => firstAt)), Math.max(...rows.map((each) => each.lastAt))];
    found.push({ run, since: instant(since), lastAt: instant(lastAt) });
  }
  return found.toSorted((one, other) => one.since - other.since);
}

/** `undefined` where there is nothing to tell. */
export function newsOfRun({ id, cause, state, isAlerted }: RunDocument, rows: readonly NewsRow[]): RunNews | undefined {
  if (rows.length === 0) return undefined;
  const isUrgent = ({ news }: NewsRow): boolean => URGENT_NEWS.some((each) => each === news);
  const urgent = rows.filter(isUrgent);
  const sums = (list: readonly NewsRow[], by: "news" | "place"): readonly (readonly [string, number])[] =>
    [...Map.groupBy(list, (row) => row[by])].map(([name, some]) => [name, some.reduce((sum, { count }) => sum + count, 0)]);
  const counts: NewsCounts = Object.fromEntries(sums(rows, "news"));
  const places = sums(
    urgent.filter(({ place }) => place !== ""),
    "place",
  )
    .map(([place, count]) => ({ place, count }))
    .toSorted((one, other) => other.count - one.count || (one.place < other.place ? -1 : 1));
  return {
    run: { id, cause },
    state,
    since: instant(Math.min(...rows.map(({ firstAt }) => firstAt))),
    counts,
    places: places.slice(0, MOST_NAMED),
    images: [...new Set(urgent.flatMap(({ images }) => images))].sort().slice(0, MOST_NAMED),
    isAlerted,
  };
}
