import type { ImageRecord } from "../../domain/image-record.ts";
import type { Instant } from "../../domain/time.ts";
import type { GateStatus, RegistryStatus } from "../../ports/gate-status.ts";
import type { Ledger } from "../../ports/ledger.ts";
import { may } from "../access.ts";
import type { WebDeps } from "../deps.ts";
import type { Session } from "../session.ts";
import { type Html, html } from "./html.ts";
import { imageTable } from "./image-rows.ts";
import { csrfField } from "./layout.ts";
import { type Need, needsOfGate, needsOfImages, needsOfProposals, needsOfRuns } from "./needs.ts";
import { ago, agoOrNever, counted, icon } from "./parts.ts";
import { placeSection } from "./places.ts";

type Counts = Awaited<ReturnType<Ledger["counts"]>>;

export interface Overview {
  readonly status: GateStatus;
  readonly counts: Counts;
  readonly needs: readonly Need[];
  readonly held: readonly ImageRecord[];
  readonly latest: readonly ImageRecord[];
}

const MOST_NEEDS = 8;
const MOST_ROWS = 10;

export async function readOverview({ ledger, status, clock, operator }: WebDeps, reader: string): Promise<Overview> {
  const [gate, counts, stopped, proposals, served, unknown, held, latest] = await Promise.all([
    status(),
    ledger.counts(),
    operator.runs("stopped"),
    operator.proposals("open"),
    ledger.images({ verdict: "violating", held: false, limit: MOST_NEEDS }),
    ledger.images({ verdict: "indeterminate", held: false, limit: MOST_NEEDS }),
    ledger.images({ held: true, limit: MOST_ROWS }),
    ledger.images({ limit: MOST_ROWS }),
  ]);
  const needs = [
    ...needsOfGate(gate),
    ...needsOfRuns(stopped),
    ...needsOfProposals(proposals, reader, clock.now()),
    ...needsOfImages([...served.items, ...unknown.items], clock.now()),
  ].slice(0, MOST_NEEDS);
  return { status: gate, counts, needs, held: held.items, latest: latest.items };
}

/** The answer to "does anything need me?" in one sentence. */
function headline({ counts, needs }: Pick<Overview, "counts" | "needs">): string {
  if (counts.images === 0 && needs.length === 0) return "Nothing has been pushed yet.";
  const held = counts.held === 0 ? "Nothing is held" : `${counted(counts.held, "image is", "images are")} held`;
  if (needs.length === 0) return `Nothing needs you. ${held}, ${counted(counts.verdicts.compliant, "is", "are")} compliant.`;
  return `${counted(needs.length, "thing needs", "things need")}${needs.length === MOST_NEEDS ? " (or more)" : ""} you. ${held}.`;
}

export function nowPage(view: Overview, session: Session, now: Instant): Html {
  const { status, counts, held, latest } = view;
  const enforced = status.policy.mode === "enforce" ? "enforced" : "dry-run: nothing is held";
  return html`${haltBanner(status, now)}<div class="head"><div><h1>${headline(view)}</h1>
<p>Policy ${status.policy.name}@${status.policy.version.slice(0, 6)}, ${enforced} · ${verdictCounts(counts)} · started ${ago(status.startedAt, now)}</p></div></div>
${view.needs.length === 0 ? "" : needList(view.needs, session)}
<section aria-labelledby="held"><div class="section-head"><h2 id="held">Held now</h2><p>Nothing can pull these; their bytes are kept.</p>${counts.held > held.length ? html`<a href="/images?q=held:yes">all ${counts.held}</a>` : ""}</div>
${held.length === 0 ? html`<div class="panel empty"><strong>Nothing is held.</strong>An image that violates an enforced rule appears here, with what fixes it.</div>` : imageTable("Images held now", held, now)}</section>
<section aria-labelledby="latest"><div class="section-head"><h2 id="latest">Latest verdicts</h2>${counts.images > latest.length ? html`<a href="/images">all ${counts.images}</a>` : ""}</div>
${latest.length === 0 ? firstPush(status.registries) : imageTable("Latest verdicts", latest, now)}</section>
${status.halt.kind === "going" && may(session.token, "operator") ? stopForm(session) : ""}<section aria-labelledby="registries"><div class="section-head"><h2 id="registries">Registries</h2></div>${registryTable(status.registries, now)}</section>${placeSection(status.places, now)}`;
}

/** Above all else: whoever reads on must know that nothing follows from it. */
function haltBanner({ halt }: GateStatus, now: Instant): Html {
  if (halt.kind === "going") return html``;
  return html`<p class="panel alarm pad halt" role="alert"><strong>The gate is stopped.</strong> ${halt.by.name} stopped it ${ago(halt.since, now)}: ${halt.by.reason}</p>`;
}

/** Closed until it is opened: nobody stops a gate by chance. */
function stopForm(session: Session): Html {
  return html`<details class="stop"><summary>Stop the gate</summary><form class="row" method="post" action="/act/stop">${csrfField(session)}<p>Nothing is held, released, moved or deleted until somebody lets it go on. Images are judged and told as before.</p><label class="sr" for="reason-stop">Reason</label><input id="reason-stop" name="reason" required maxlength="2000" autocomplete="off" placeholder="Reason">${NO_DEFAULT}<button class="do">Stop it</button></form></details>`;
}

function verdictCounts({ verdicts }: Counts): readonly Html[] {
  const kinds = ["compliant", "violating", "indeterminate"] as const;
  return kinds.map((kind, index) => html`${index === 0 ? "" : ", "}<a href="/images?q=verdict:${kind}">${verdicts[kind]} ${kind}</a>`);
}

function needList(needs: readonly Need[], session: Session): Html {
  const alarm = needs.findIndex((need) => need.isAlarm);
  return html`<section aria-labelledby="needs"><div class="section-head"><h2 id="needs">Needs you</h2></div><ul class="panel needs">${needs.map(
    (need, index) =>
      html`<li${index === alarm ? html` class="alarm"` : ""}>${icon(need.symbol)}<div><a class="name" data-row href="${need.href}">${need.what}</a><span class="why">${need.why}</span></div><div class="acts">${need.acts.map(({ word, href }) => html`<a class="button" href="${href}" aria-label="${word}: ${need.what}">${word}</a>`)}${need.question === undefined ? "" : questionForm(need.question, need.what, session)}</div></li>`,
  )}</ul></section>`;
}

/** The first button of a form is what Enter presses: neither answer may be given by chance. */
const NO_DEFAULT = html`<button disabled hidden></button>`;

function questionForm({ role = "operator", field, value, answers }: NonNullable<Need["question"]>, what: string, session: Session): Html {
  if (!may(session.token, role)) return html`<span class="muted">An ${role} can answer.</span>`;
  return html`<form class="row" method="post">${csrfField(session)}<input type="hidden" name="${field}" value="${value}"><label class="sr" for="reason-${value}">Reason</label><input id="reason-${value}" name="reason" required maxlength="2000" autocomplete="off" placeholder="Reason">${NO_DEFAULT}${answers.map(({ word, path }) => html`<button class="do" formaction="${path}" aria-label="${word}: ${what}">${word}</button>`)}</form>`;
}

function firstPush(registries: readonly RegistryStatus[]): Html {
  const [first] = registries;
  if (first === undefined)
    return html`<div class="panel empty"><strong>No registry is watched.</strong>Add one: <code>moorgate init</code></div>`;
  return html`<div class="panel empty"><strong>No image has been judged yet.</strong>Push one: <code>docker push ${first.host}/shop/api:1.0</code></div>`;
}

function registryTable(registries: readonly RegistryStatus[], now: Instant): Html {
  if (registries.length === 0)
    return html`<div class="panel empty"><strong>No registry is watched.</strong>Add one: <code>moorgate init</code></div>`;
  return html`<div class="panel"><table><caption class="sr">Watched registries</caption>
<thead><tr><th scope="col">Registry</th><th scope="col">Mode</th><th scope="col" class="wide">Hold</th><th scope="col" class="wide">Last event</th><th scope="col" class="end">Last sweep</th></tr></thead>
<tbody>${registries.map(
    (registry) =>
      html`<tr><th scope="row"><span class="name">${registry.host}</span> <span class="muted">${registry.provider}</span></th><td>${registry.takeOver === undefined ? registry.mode : "taking over"}</td><td class="wide">${registry.holdStrength}</td><td class="wide muted">${agoOrNever(registry.lastEventAt, now)}</td><td class="end">${agoOrNever(registry.lastSweepAt, now)}</td></tr>`,
  )}</tbody></table></div>`;
}
