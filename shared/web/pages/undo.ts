import { type ImageKey, printImageKey } from "../../domain/image-ref.ts";
import type { Instant } from "../../domain/time.ts";
import {
  countSteps,
  LEFT_KINDS,
  type LeftAction,
  printScope,
  type Undo,
  type UndoPlan,
  type UndoProgress,
  type UndoStep,
} from "../../domain/undo.ts";
import type { Session } from "../session.ts";
import { type Html, html } from "./html.ts";
import { csrfField } from "./layout.ts";
import { ago, command, counted, imageName, imagePath, shortened } from "./parts.ts";

export interface UndoForm {
  readonly action: string;
  readonly reason: string;
  /** Hash of the plan that was looked at. */
  readonly plan?: string;
}

const SHOWN = 500;
const DO = { hold: "Hold again", release: "Release", retag: "Put back the tags of" } as const;

/** What would be taken back, in which order, and what would not. */
export function undoPlanPage({ action, reason }: UndoForm, plan: UndoPlan, session: Session): Html {
  const [first] = plan.steps;
  const back = first === undefined ? "/audit" : imagePath(first.image);
  return html`<div class="head"><div><h1>${plan.steps.length === 0 ? "Nothing can be undone" : "Undo this?"}</h1><p>${shortened(printScope(plan.scope))}</p></div></div>
<div class="panel"><ul class="plan pad">${plan.steps.slice(0, SHOWN).map((step) => html`<li>${DO[step.verb]} ${imageLink(step)}${step.notes.map((note) => html`<p class="muted">${shortened(note)}</p>`)}</li>`)}${plan.remarks.map((remark) => html`<li class="muted">${remark}</li>`)}</ul>
${leftList(plan.left)}
<dl class="facts"><dt>Reason</dt><dd>${reason}</dd><dt>By</dt><dd>${session.token.name}</dd></dl>
${plan.steps.length === 0 ? html`<p class="pad"><a class="button" href="${back}">Back</a></p>` : html`<form class="pad row" method="post" action="/act/undo">${csrfField(session)}<input type="hidden" name="action" value="${action}"><input type="hidden" name="reason" value="${reason}"><input type="hidden" name="plan" value="${plan.hash}"><button class="do first" autofocus>Undo it</button><a class="button" href="${back}">Leave it</a></form>`}</div>`;
}

function imageLink({ image, tags }: Pick<UndoStep, "image" | "tags">): Html {
  return html`<a href="${imagePath(image)}">${imageName({ key: image, tags })}</a> <span class="muted">${shortened(image.digest)}</span>`;
}

function leftList(left: readonly LeftAction[]): Html {
  if (left.length === 0) return html``;
  return html`<ul class="plan pad">${left.slice(0, SHOWN).map(({ image, code, why }) => html`<li>${LEFT_KINDS[code] === "cannot" ? "Cannot be undone" : "Left as it is"}: ${keyLink(image)}: ${shortened(why)}</li>`)}</ul>`;
}

function keyLink(image: ImageKey): Html {
  return html`<a href="${imagePath(image)}">${shortened(printImageKey(image))}</a>`;
}

/** What became of an undo, step by step. */
export function undoPage(undo: Undo, now: Instant): Html {
  const counts = countSteps(undo);
  const isOver = undo.endedAt !== undefined;
  const state = isOver
    ? html`ended ${ago(undo.endedAt ?? undo.begunAt, now)}`
    : html`${counted(counts.waiting, "step waits", "steps wait")}`;
  return html`<div class="head"><div><h1>${isOver ? "Undone" : "Being undone"}: ${counts.done} of ${undo.steps.length}</h1>
<p>${undo.id}, ${shortened(printScope(undo.scope))} · by ${undo.actor.name}: ${undo.actor.reason} · ${state}</p></div></div>
<div class="panel"><table><caption class="sr">Steps of ${undo.id}</caption><thead><tr><th scope="col">Step</th><th scope="col">Image</th><th scope="col">What became of it</th></tr></thead>
<tbody>${undo.steps.slice(0, SHOWN).map((step) => html`<tr><td>${step.verb}</td><td>${imageLink(step)}</td><td>${became(step)}</td></tr>`)}</tbody></table>
${leftList(undo.left)}
<dl class="facts"><dt>Take it back</dt><dd>${command(`moorgate undo ${undo.id} --reason "..."`)}</dd></dl></div>`;
}

function became({ result }: UndoProgress): Html {
  if (result === undefined) return html`<span class="muted">waits</span>`;
  switch (result.kind) {
    case "done":
      return html`done${result.notes.map((note) => html`<p class="muted">${shortened(note)}</p>`)}`;
    case "left":
      return html`left as it is: ${shortened(result.why)}`;
    case "failed":
      return html`failed: ${result.why}`;
  }
}
