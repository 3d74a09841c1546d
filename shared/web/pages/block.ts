import { isDigest, shortDigest } from "../../domain/digest.ts";
import type { ImageRecord } from "../../domain/image-record.ts";
import type { ExplainedReason, Explanation } from "../../policy/explain/explain.ts";
import type { ExplainedNote } from "../../policy/explain/notes.ts";
import { type Html, html } from "./html.ts";
import { command, digestCode, type IconName, icon } from "./parts.ts";

const SHOWN = 12;

/** The standard block: decision, reasons with remedies, effect, facts, next commands. The same words as on the terminal. */
export function standardBlock(explanation: Explanation, { key, hold, presence, verdict }: ImageRecord): Html {
  const { reasons, notes, effect, cause, facts, next, identity, headline, policy } = explanation;
  // A violating image that can be pulled is the thing to see; one that is held is taken care of.
  const isWrong = verdict?.kind === "violating" && hold.kind === "free" && presence === "present";
  return html`<div class="panel block"><div class="block-head"><span class="block-verdict${isWrong ? " is-wrong" : ""}">${icon(verdict?.kind ?? "none")}${explanation.verdict}</span>
${hold.kind === "held" ? html`<span class="tag">${icon("held")}held, ${hold.strength}</span>` : ""}<span>${headline}</span><span class="end">policy ${policy}</span></div>
<p class="block-line">${digestCode(key.digest)}${identity.slice(1).map((part) => html` · ${part}`)}</p>
${reasons.length === 0 ? "" : html`<ul class="reasons">${reasons.slice(0, SHOWN).map(reasonLine)}</ul>`}
${reasons.length > SHOWN ? html`<details class="more"><summary>${reasons.length - SHOWN} more reasons</summary><ul class="reasons">${reasons.slice(SHOWN).map(reasonLine)}</ul></details>` : ""}
${notes.length === 0 ? "" : html`<ul class="reasons">${notes.slice(0, SHOWN).map(noteLine)}</ul>${notes.length > SHOWN ? html`<p class="muted">and ${notes.length - SHOWN} more that do not count</p>` : ""}`}
<dl class="facts"><dt>Effect</dt><dd>${effect}</dd>${causeLine(cause)}<dt>Facts</dt><dd>${facts.join(" · ")}</dd>
${next.map((text, index) => html`<dt>${index === 0 ? "Next" : html`<span class="sr">or</span>`}</dt><dd>${command(text)}</dd>`)}</dl></div>`;
}

function causeLine(cause: string | undefined): Html | "" {
  return cause === undefined ? "" : html`<dt>Cause</dt><dd>${cause}</dd>`;
}

function reasonLine(reason: ExplainedReason): Html {
  const { ruleId, message, remedy, place, because, child, word, level } = reason;
  return html`<li>${icon(symbolOf(reason))}<div class="rule"><span class="sr">${word}: </span>${ruleId}${level === "enforce" ? "" : html` <span class="muted">${level}</span>`}</div>
<div>${child === undefined ? "" : html`<strong>${child}</strong>: `}${message}<p class="remedy"><span class="fix">Fix</span>${remedy}</p></div><code class="place"${because === undefined ? "" : html` title="${because}"`}>${place}</code></li>`;
}

/** What was waived or does not count, and who says so. */
function noteLine({ word, message, place }: ExplainedNote): Html {
  return html`<li>${icon("noted")}<div class="rule"><span class="muted">${word}</span></div><div>${message}</div>${place === undefined ? "" : html`<code class="place" title="${place}">${isDigest(place) ? shortDigest(place) : place}</code>`}</li>`;
}

function symbolOf({ level, status }: ExplainedReason): IconName {
  if (level !== "enforce") return level === "warn" ? "warn" : "noted";
  return status === "violated" ? "violated" : "unknown";
}
