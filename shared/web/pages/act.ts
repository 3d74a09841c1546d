import { printImageKey } from "../../domain/image-ref.ts";
import type { Preview } from "../../ports/operator.ts";
import type { Session } from "../session.ts";
import { type Html, html } from "./html.ts";
import { csrfField } from "./layout.ts";
import { imageName, imagePath, shortened } from "./parts.ts";

export interface ActForm {
  readonly verb: "hold" | "release";
  /** Image. */
  readonly target: string;
  readonly reason: string;
  readonly isConfirmed: boolean;
}

const ASK = { hold: "Hold this image?", release: "Release this image?" } as const;
const DO = { hold: "Hold it", release: "Release it" } as const;

/** The plan, before it is carried out. */
export function planPage({ verb, target, reason }: ActForm, { record: { key, tags }, sentences }: Preview, session: Session): Html {
  const path = imagePath(key);
  return html`<div class="head"><div><p class="crumb">${key.registry} / <a href="${path}">${imageName({ key, tags })}</a></p><h1>${ASK[verb]}</h1></div></div>
<div class="panel"><ul class="plan pad">${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>
<dl class="facts"><dt>Image</dt><dd><code class="all">${shortened(printImageKey(key))}</code></dd><dt>Reason</dt><dd>${reason}</dd><dt>By</dt><dd>${session.token.name}</dd></dl>
<form class="pad row" method="post" action="/act/${verb}">${csrfField(session)}<input type="hidden" name="image" value="${target}"><input type="hidden" name="reason" value="${reason}"><input type="hidden" name="confirmed" value="yes"><button class="do first" autofocus>${DO[verb]}</button><a class="button" href="${path}">Leave it</a></form></div>`;
}
