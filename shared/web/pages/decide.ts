import type { ImageRecord, StoredAction } from "../../domain/image-record.ts";
import { printImageKey } from "../../domain/image-ref.ts";
import { may } from "../access.ts";
import type { Session } from "../session.ts";
import { type Html, html } from "./html.ts";
import { csrfField } from "./layout.ts";

/** What a person can do about an image now. Every act asks for a reason and shows its plan first. */
export function decide(record: ImageRecord, actions: readonly StoredAction[], session: Session): Html {
  const { hold, presence, pending } = record;
  if (presence === "gone") return box(html`<p class="muted">The registry no longer has this image: nothing is left to decide.</p>`);
  if (!may(session.token, "operator")) return box(html`<p class="muted">You may only read. An operator can hold and release.</p>`);
  if (pending !== undefined) return box(html`<p class="muted">A ${pending.verb} is under way; the gate finishes it by itself.</p>`);
  const verb = hold.kind === "held" ? "release" : "hold";
  const last = actions.find(({ action, outcome }) => outcome?.kind === "applied" && action.generation === record.generation);
  return box(html`<form method="post" action="/act/${verb}">${csrfField(session)}<input type="hidden" name="image" value="${printImageKey(record.key)}">
<div class="field"><label for="reason">Reason</label><input id="reason" name="reason" required maxlength="2000" autocomplete="off" aria-describedby="reason-hint"><p id="reason-hint" class="hint">${HINTS[verb]}</p></div>
<div class="row"><button class="do first">${verb === "hold" ? "Hold…" : "Release…"}</button>${last === undefined ? "" : html`<button class="do" formaction="/act/undo" name="action" value="${last.action.id}">Undo ${last.action.verb}…</button>`}</div></form>`);
}

const HINTS = {
  hold: "Nothing can pull it until a person releases it. The plan is shown first; the reason goes into the journal.",
  release:
    "Put back byte for byte, and not held again for the reasons known now. The plan is shown first; the reason goes into the journal.",
} as const;

function box(content: Html): Html {
  return html`<section aria-labelledby="decide"><div class="section-head"><h2 id="decide" tabindex="-1">Decide</h2></div>${content}</section>`;
}

/** One press takes back what was just done; its reason says so. */
export function undoForm({ action }: StoredAction, session: Session): Html {
  return html`<form method="post" action="/act/undo">${csrfField(session)}<input type="hidden" name="action" value="${action.id}"><input type="hidden" name="reason" value="taken back"><button class="do">Undo…</button></form>`;
}
