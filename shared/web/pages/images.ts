import type { ImageRecord } from "../../domain/image-record.ts";
import type { Instant } from "../../domain/time.ts";
import type { Page } from "../../ports/ledger.ts";
import { FILTER_HELP, type Filter } from "../find-images.ts";
import { withQuery } from "../with-query.ts";
import { type Html, html } from "./html.ts";
import { imageTable } from "./image-rows.ts";
import { counted } from "./parts.ts";

export interface ImagesView {
  readonly text: string;
  readonly filter: Filter;
  readonly page: Page<ImageRecord>;
  readonly isFirst: boolean;
}

const QUICK = [
  { word: "All", text: "" },
  { word: "Held", text: "held:yes" },
  { word: "Violating", text: "verdict:violating" },
  { word: "Violating, not held", text: "verdict:violating held:no" },
  { word: "Undecided", text: "verdict:indeterminate" },
  { word: "Compliant", text: "verdict:compliant" },
] as const;

export function imagesPage(view: ImagesView, now: Instant): Html {
  const { text, filter, page } = view;
  const count = `${counted(page.items.length, "image", "images")}${page.next === undefined && view.isFirst ? "" : " on this page"}`;
  return html`<div class="head"><div><h1>Images</h1><p role="status">${count}, newest change first</p></div></div>
<form class="filter" role="search" action="/images"><div class="grow"><label for="q" class="sr">Filter</label><input id="q" type="search" name="q" value="${text}" placeholder="${FILTER_HELP}" aria-describedby="q-help" aria-keyshortcuts="/"></div><button class="do">Filter</button></form>
<p id="q-help" class="sr">Words: ${FILTER_HELP}</p>
${filter.unknown.length === 0 ? "" : html`<p class="note" role="alert">Not understood and left out: ${filter.unknown.join(" ")}. Use ${FILTER_HELP}.</p>`}
<nav class="quick" aria-label="Ready filters">${QUICK.map((quick) => html`<a href="${hrefOf(quick.text)}"${quick.text === text.trim() ? html` aria-current="true"` : ""}>${quick.word}</a>`)}</nav>
${page.items.length === 0 ? nothing(text) : imageTable("Images", page.items, now)}
${page.next === undefined ? "" : html`<p class="more"><a rel="next" href="${hrefOf(text, page.next)}">Older changes</a></p>`}`;
}

function nothing(text: string): Html {
  if (text.trim() === "")
    return html`<div class="panel empty"><strong>No image has been judged yet.</strong>Push one to a watched registry, or look for what no event announced: <code>moorgate sweep</code></div>`;
  return html`<div class="panel empty"><strong>No image fits these words.</strong>Every word has to fit. <a href="/images">Show all images</a></div>`;
}

function hrefOf(text: string, after?: string): string {
  return withQuery("/images", { q: text, after });
}
