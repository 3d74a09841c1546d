import { type ChainProblem, checkEntry } from "../../audit/chain.ts";
import type { AuditEvent, JournalEntry, SignedHead } from "../../domain/audit-event.ts";
import type { Instant } from "../../domain/time.ts";
import type { SinkStatus } from "../../ports/gate-status.ts";
import type { Ledger } from "../../ports/ledger.ts";
import { EVENT_KINDS } from "../event-kinds.ts";
import { withQuery } from "../with-query.ts";
import { tell } from "./events.ts";
import { type Html, html } from "./html.ts";
import { ago, counted, icon, imageName, imagePath } from "./parts.ts";

export interface AuditQuery {
  readonly kind?: AuditEvent["kind"];
  readonly chain?: string;
  readonly before?: number;
}

export interface AuditView {
  readonly query: AuditQuery;
  readonly entries: readonly JournalEntry[];
  readonly next?: number;
  readonly problems: readonly ChainProblem[];
  /** Head of the chain that is shown; `none` where there is no such chain. */
  readonly head?: SignedHead | "none";
  readonly sinks: readonly SinkStatus[];
}

const PER_PAGE = 50;
/** Entries looked through for one page of one kind. */
const MOST_READ = 2_000;

export async function readAudit(ledger: Ledger, query: AuditQuery, sinks: readonly SinkStatus[]): Promise<AuditView> {
  const { chain, kind } = query;
  const entries: JournalEntry[] = [];
  let before = query.before;
  let read = 0;
  let next: number | undefined;
  do {
    const some = await ledger.recent({
      limit: PER_PAGE,
      ...(before === undefined ? {} : { before }),
      ...(chain === undefined ? {} : { chain }),
    });
    entries.push(...some.filter((entry) => kind === undefined || entry.event.kind === kind));
    before = some.at(-1)?.sequence;
    next = some.length < PER_PAGE ? undefined : before;
    read += some.length;
  } while (next !== undefined && entries.length < PER_PAGE && read < MOST_READ);
  const head = chain === undefined ? undefined : ((await ledger.head(chain)) ?? "none");
  return {
    query,
    entries,
    problems: problemsOf(entries),
    sinks,
    ...(next === undefined ? {} : { next }),
    ...(head === undefined ? {} : { head }),
  };
}

/** What the shown entries themselves give away. The signatures and the whole journal are checked by `moorgate journal verify`. */
function problemsOf(entries: readonly JournalEntry[]): readonly ChainProblem[] {
  const older = new Map<string, JournalEntry>();
  return entries.toReversed().flatMap((entry) => {
    const before = older.get(entry.chain);
    older.set(entry.chain, entry);
    // Without its predecessor on this page an entry vouches for itself alone.
    return checkEntry(before?.index === entry.index - 1 ? before : { index: entry.index - 1, hash: entry.previousHash }, entry);
  });
}

export function auditPage(view: AuditView, now: Instant): Html {
  const { entries, query, problems } = view;
  return html`<div class="head"><div><h1>${problems.length === 0 ? sinkSentence(view.sinks) : `${counted(problems.length, "entry does", "entries do")} not fit the chain.`}</h1>
<p>${problems.length === 0 ? html`The hashes of the ${counted(entries.length, "entry", "entries")} shown fit. Check the whole journal with its signatures: <code>moorgate journal verify</code>` : "Keep the store as it is and verify the whole journal: moorgate journal verify"}</p></div></div>
${problems.length === 0 ? "" : html`<ul class="panel needs" role="alert">${problems.slice(0, 20).map((problem, index) => html`<li${index === 0 ? html` class="alarm"` : ""}>${icon("warn")}<div>${problem.kind}: entry ${problem.index} of ${problem.chain}</div></li>`)}</ul>`}
<section aria-labelledby="sinks"><div class="section-head"><h2 id="sinks">Sinks</h2><p>Where audit events go. Nothing is dropped while one is down.</p></div>${sinkTable(view.sinks)}</section>
<section aria-labelledby="journal"><div class="section-head"><h2 id="journal">Journal</h2><p>Newest first</p></div>
<form class="filter" action="/audit"><div class="grow"><label for="chain">Chain</label><input id="chain" name="chain" value="${query.chain ?? ""}" placeholder="registry/repository@digest, or gate"></div>
<div><label for="kind">Event</label><select id="kind" name="kind"><option value="">all</option>${EVENT_KINDS.map((kind) => html`<option${kind === query.kind ? html` selected` : ""}>${kind}</option>`)}</select></div><button class="do">Filter</button></form>
${view.head === undefined || view.head === "none" ? "" : html`<p class="hint">Head of this chain: entry ${view.head.index}, <code title="${view.head.hash}">${view.head.hash.slice(0, 12)}</code>, signed.</p>`}
${entries.length === 0 ? html`<div class="panel empty"><strong>No entry fits.</strong>The journal tells verdicts that changed, actions, and refused deliveries. <a href="/audit">Show all entries</a></div>` : entryTable(entries, now)}
${view.next === undefined ? "" : html`<p class="more"><a rel="next" href="${olderHref(query, view.next)}">Older entries</a></p>`}</section>`;
}

function sinkSentence(sinks: readonly SinkStatus[]): string {
  const behind = sinks.filter((sink) => sink.state !== "active" || sink.waiting > 0);
  if (sinks.length === 0) return "The journal is kept here; no sink is set up.";
  if (behind.length === 0) return "Every sink has every event.";
  return behind
    .map(
      (sink) => `${sink.name} ${sink.state === "active" ? "is" : `is ${sink.state},`} ${counted(sink.waiting, "event", "events")} behind`,
    )
    .join("; ")
    .concat(".");
}

function sinkTable(sinks: readonly SinkStatus[]): Html {
  if (sinks.length === 0)
    return html`<div class="panel empty"><strong>No sink is set up.</strong>Name one in the settings; it gets the journal from its first entry.</div>`;
  return html`<div class="panel"><table><caption class="sr">Sinks</caption><thead><tr><th scope="col">Sink</th><th scope="col">State</th><th scope="col" class="num">Waiting</th><th scope="col" class="num">Refused</th></tr></thead>
<tbody>${sinks.map((sink) => html`<tr><th scope="row"><span class="name">${sink.name}</span>${sink.lastError === undefined ? "" : html`<span class="why">${sink.lastError}</span>`}</th><td>${sink.state}</td><td class="num">${sink.waiting}</td><td class="num">${sink.dead}</td></tr>`)}</tbody></table></div>`;
}

function entryTable(entries: readonly JournalEntry[], now: Instant): Html {
  return html`<div class="panel"><table><caption class="sr">Journal entries, newest first</caption>
<thead><tr><th scope="col" class="num">No.</th><th scope="col">What happened</th><th scope="col" class="wide">Hash</th><th scope="col" class="end">When</th></tr></thead>
<tbody>${entries.map((entry) => entryRow(entry, now))}</tbody></table></div>`;
}

function entryRow({ sequence, index, hash, event }: JournalEntry, now: Instant): Html {
  const { what, detail } = tell(event);
  const subject =
    "image" in event
      ? html`<a class="name" data-row href="${imagePath(event.image)}">${imageName({ key: event.image, tags: event.tags })}</a> `
      : "";
  return html`<tr><td class="num muted">${sequence}</td><th scope="row">${subject}${what}${detail === "" ? "" : html`<span class="why">${detail}</span>`}</th>
<td class="wide"><code class="muted" title="${hash}">${hash.slice(0, 10)} #${index}</code></td><td class="end">${ago(event.at, now)}</td></tr>`;
}

function olderHref({ kind, chain }: AuditQuery, before: number): string {
  return withQuery("/audit", { kind, chain, before: String(before) });
}
