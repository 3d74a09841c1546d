import type { ImageRecord } from "../../domain/image-record.ts";
import type { Instant } from "../../domain/time.ts";
import { explain } from "../../policy/explain/explain.ts";
import { listRow } from "../../policy/explain/list-row.ts";
import { type Html, html } from "./html.ts";
import { ago, digestCode, icon, imageName, imagePath } from "./parts.ts";

/** Images as a table of: symbol, verdict, image and why, hold, since. One line an image for who reads by ear. */
export function imageTable(caption: string, records: readonly ImageRecord[], now: Instant): Html {
  return html`<div class="panel"><table><caption class="sr">${caption}</caption>
<thead><tr><th scope="col" class="verdict"><span class="word">Verdict</span></th><th scope="col">Image and why</th><th scope="col" class="wide hold">Hold</th><th scope="col" class="end">Since</th></tr></thead>
<tbody>${records.map((record) => imageRow(record, now))}</tbody></table></div>`;
}

function imageRow(record: ImageRecord, now: Instant): Html {
  const { key } = record;
  const kind = record.verdict?.kind ?? "none";
  const { why, since } = listRow(record);
  return html`<tr class="is-${kind}"><td class="verdict">${icon(kind)}<span class="word">${verdictWord(record)}</span></td>
<th scope="row"><a class="name" data-row href="${imagePath(key)}">${imageName(record)}</a> <span class="muted">${key.registry} · ${digestCode(key.digest)}</span><span class="narrow muted">${holdWord(record)}</span><span class="why">${why === "" ? explain(record, { policyFile: "", now }).headline : why}</span></th>
<td class="wide hold">${holdWord(record)}</td>
<td class="end">${ago(since, now)}</td></tr>`;
}

/** In a column of its own, and under the name where the screen has no room for that. */
function holdWord(record: ImageRecord): Html | string {
  const { hold } = record;
  return hold.kind === "held" ? html`<span class="tag">${icon("held")}${hold.strength}</span>` : freeWord(record);
}

export function verdictWord({ verdict, presence }: ImageRecord): string {
  if (presence === "gone") return "gone";
  return verdict?.kind ?? "not judged";
}

/** Why an image that is not compliant can be pulled, in two words; the page of the image has the sentence. */
function freeWord({ verdict, override, pending, presence }: ImageRecord): string {
  if (pending !== undefined) return `${pending.verb} under way`;
  if (presence === "gone" || verdict === undefined || verdict.kind === "compliant") return "";
  if (override?.kind === "release") return "released by hand";
  return verdict.mode === "dry-run" ? "dry-run" : "not held";
}
