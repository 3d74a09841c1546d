import type { JournalEntry } from "../../domain/audit-event.ts";
import { type Digest, shortDigest } from "../../domain/digest.ts";
import type { ImageRecord, StoredAction } from "../../domain/image-record.ts";
import { type ImageKey, printImageKey } from "../../domain/image-ref.ts";
import { type Instant, printInstant } from "../../domain/time.ts";
import { type Explanation, explain } from "../../policy/explain/explain.ts";
import { childNames } from "../child-names.ts";
import type { WebDeps } from "../deps.ts";
import type { Session } from "../session.ts";
import { withQuery } from "../with-query.ts";
import { standardBlock } from "./block.ts";
import { decide, undoForm } from "./decide.ts";
import { tell } from "./events.ts";
import { type Html, html } from "./html.ts";
import { verdictWord } from "./image-rows.ts";
import { ago, copyButton, digestCode, type IconName, icon, imageName, imagePath, shortened } from "./parts.ts";

export interface ImageView {
  readonly record: ImageRecord;
  readonly actions: readonly StoredAction[];
  readonly parents: readonly ImageRecord[];
  readonly children: readonly Child[];
  readonly entries: readonly JournalEntry[];
  readonly explanation: Explanation;
  /** The action that the reader has just taken. */
  readonly just?: StoredAction;
}

interface Child {
  readonly digest: Digest;
  readonly record: ImageRecord | undefined;
}

const MOST_ENTRIES = 50;
const MOST_CHILDREN = 40;

export async function readImage(
  { ledger, status, clock }: WebDeps,
  key: ImageKey,
  actionId: string | undefined,
): Promise<ImageView | undefined> {
  const [record, { policy }] = await Promise.all([ledger.image(key), status()]);
  if (record === undefined) return undefined;
  const [actions, parents, entries, children] = await Promise.all([
    ledger.actions(key),
    ledger.parents(key),
    ledger.recent({ limit: MOST_ENTRIES, chain: printImageKey(key) }),
    Promise.all(
      record.children.slice(0, MOST_CHILDREN).map(async (digest) => ({ digest, record: await ledger.image({ ...key, digest }) })),
    ),
  ]);
  const explanation = explain(record, { policyFile: policy.file, now: clock.now(), actions, names: childNames(record) });
  const just = actions.find(({ action }) => action.id === actionId);
  return { record, actions, parents, children, entries, explanation, ...(just === undefined ? {} : { just }) };
}

export function imagePage(view: ImageView, session: Session, now: Instant): Html {
  const { record, actions } = view;
  const { key } = record;
  return html`<div class="head"><div><p class="crumb">${key.registry}</p><h1>${imageName(record)}</h1></div></div>
${view.just === undefined ? "" : justDone(view.just, record, session)}
${standardBlock(view.explanation, record)}
<div class="two"><section aria-labelledby="timeline"><div class="section-head"><h2 id="timeline">Timeline</h2><p>Newest first, from the journal</p></div>${timeline(view, now)}</section>
<div>${decide(record, actions, session)}${factsOf(view, now)}</div></div>`;
}

function justDone(just: StoredAction, record: ImageRecord, session: Session): Html {
  const { action, outcome } = just;
  const told =
    outcome === undefined
      ? `${action.verb} under way`
      : tell({ kind: "acted", id: "", at: outcome.at, correlationId: "", image: action.image, tags: [], action, outcome }).what;
  const isLast = outcome?.kind === "applied" && action.generation === record.generation;
  return html`<div class="note" role="status"><strong>${told.slice(0, 1).toUpperCase()}${told.slice(1)}.</strong><span class="muted">${action.actor.reason}</span>${isLast ? undoForm(just, session) : ""}</div>`;
}

function timeline({ entries, record }: ImageView, now: Instant): Html {
  const first = html`<li>first seen${record.pushedBy === undefined ? "" : html`, pushed by ${record.pushedBy}`} · ${ago(record.firstSeenAt, now)}<div class="detail">${ORIGINS[record.origin]}</div></li>`;
  const done = new Set(entries.flatMap(({ event }) => (event.kind === "acted" ? [event.action.id] : [])));
  const settled = new Set(entries.flatMap(({ event }) => (event.kind === "published" ? [event.correlationId] : [])));
  const told = entries.filter(
    ({ event }) =>
      (event.kind !== "planned" || !done.has(event.action.id)) && (event.kind !== "publishing" || !settled.has(event.correlationId)),
  );
  return html`<ol class="timeline">${told.map(({ event }) => {
    const { what, detail, hasWeight } = tell(event);
    return html`<li${hasWeight ? html` class="weight"` : ""}>${what} · ${ago(event.at, now)}${detail === "" ? "" : html`<div class="detail">${detail}</div>`}</li>`;
  })}${entries.length < MOST_ENTRIES ? first : html`<li><a href="${withQuery("/audit", { chain: printImageKey(record.key) })}">older entries</a></li>`}</ol>`;
}

const ORIGINS: Readonly<Record<ImageRecord["origin"], string>> = {
  event: "announced by the registry",
  sweep: "no event announced it: found by a sweep",
  operator: "named by a person",
};

function factsOf(view: ImageView, now: Instant): Html {
  const { record } = view;
  const key = printImageKey(record.key);
  return html`<section aria-labelledby="facts"><div class="section-head"><h2 id="facts">Image</h2></div><dl class="list">
<dt>Digest</dt><dd>${digestCode(record.key.digest)}</dd>
<dt>Tags</dt><dd>${record.tags.length === 0 ? html`<span class="muted">none</span>` : html`<span class="tags">${record.tags.map((tag) => html`<span class="tag">${tag}</span>`)}</span>`}</dd>
<dt>Platforms</dt><dd>${record.platforms.length === 0 ? html`<span class="muted">not stated</span>` : record.platforms.join(", ")}</dd>
<dt>First seen</dt><dd>${ago(record.firstSeenAt, now)}</dd>
<dt>Pushed by</dt><dd>${record.pushedBy === undefined ? html`<span class="muted">the registry does not say</span>` : record.pushedBy}</dd>
${record.verdict?.recheckAt === undefined ? "" : html`<dt>Judged again</dt><dd><time datetime="${printInstant(record.verdict.recheckAt)}">${printInstant(record.verdict.recheckAt).slice(0, 16).replace("T", " ")} UTC</time></dd>`}
<dt>Journal</dt><dd><a href="${withQuery("/audit", { chain: key })}">chain of this image</a></dd>
<dt>Reference</dt><dd><code class="all">${shortened(key)}</code>${copyButton(key, "Copy the whole reference")}</dd></dl></section>${treeOf(view)}`;
}

/** Where the image stands: the indexes that name it, and what it names. */
function treeOf({ record, parents, children }: ImageView): Html {
  if (parents.length === 0 && record.children.length === 0) return html``;
  const left = record.children.length - children.length;
  const own = html`<li>${icon(record.verdict?.kind ?? "none")} <strong>this ${record.kind}</strong>${children.length === 0 ? "" : html`<ul>${children.map((child) => childLine(child, record))}${left > 0 ? html`<li>${left} more</li>` : ""}</ul>`}</li>`;
  return html`<section aria-labelledby="tree"><div class="section-head"><h2 id="tree">Belongs together</h2></div><ul class="tree">${parents.length === 0 ? own : parents.map((parent) => html`<li>${icon(parent.verdict?.kind ?? "none")} <a href="${imagePath(parent.key)}">${imageName(parent)}</a> (index, ${verdictWord(parent)})<ul>${own}</ul></li>`)}</ul></section>`;
}

function childLine({ digest, record }: Child, index: ImageRecord): Html {
  const name = childNames(index)[digest];
  const code = html`<code title="${digest}">${shortDigest(digest)}</code>`;
  const linked = record === undefined ? code : html`<a href="${imagePath(record.key)}">${code}</a>`;
  const { kind, words } = opinionOf(digest, index, name !== undefined);
  return html`<li>${icon(kind)} ${name === undefined ? "" : `${name} `}${linked} <span class="muted">${words}</span></li>`;
}

/** What the index's verdict says of one child. A child that is no platform (an attestation) is not judged. */
function opinionOf(digest: Digest, { verdict }: ImageRecord, isPlatform: boolean): { readonly kind: IconName; readonly words: string } {
  const against = verdict?.reasons.filter((reason) => reason.child === digest && reason.level === "enforce") ?? [];
  const rules = [...new Set(against.map((reason) => reason.ruleId))].join(", ");
  if (against.some((reason) => reason.status === "violated")) return { kind: "violating", words: rules };
  if (against.length > 0) return { kind: "indeterminate", words: `${rules}: a fact is missing` };
  return verdict === undefined || !isPlatform ? { kind: "none", words: "" } : { kind: "compliant", words: "nothing against it" };
}
