import { type Digest, shortDigest } from "../../domain/digest.ts";
import type { ImageRecord } from "../../domain/image-record.ts";
import { type ImageKey, printImageKey } from "../../domain/image-ref.ts";
import { between, type Instant, printDuration, printInstant } from "../../domain/time.ts";
import { type Html, html } from "./html.ts";

export type IconName =
  | "compliant"
  | "violating"
  | "indeterminate"
  | "none"
  | "held"
  | "warn"
  | "copy"
  | "gate"
  | "violated"
  | "unknown"
  | "noted";

export function icon(name: IconName): Html {
  return html`<svg class="icon" aria-hidden="true" focusable="false"><use href="#i-${name}"></use></svg>`;
}

/** Drawn once a page; told apart by shape, not by colour. */
export const SPRITE: Html = html`<svg width="0" height="0" class="sr" aria-hidden="true" focusable="false">
<symbol id="i-compliant" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M5.2 8.2l2 2 3.6-4" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-violating" viewBox="0 0 16 16"><path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor"/><path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" stroke="var(--surface)" stroke-width="1.6" stroke-linecap="round"/></symbol>
<symbol id="i-indeterminate" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2.6 2.3"/><path d="M6.3 6.4c.1-1 .8-1.6 1.8-1.6s1.7.6 1.7 1.5c0 1.3-1.7 1.3-1.7 2.6" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round"/><circle cx="8.1" cy="11" r=".9" fill="currentColor"/></symbol>
<symbol id="i-none" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2.6 2.3"/></symbol>
<symbol id="i-held" viewBox="0 0 16 16"><path d="M4.75 7V5a3.25 3.25 0 0 1 6.5 0v2" fill="none" stroke="currentColor" stroke-width="1.6"/><rect x="2.75" y="7" width="10.5" height="7.5" rx="1.6" fill="currentColor"/></symbol>
<symbol id="i-warn" viewBox="0 0 16 16"><path d="M8 1.6l6.9 12.2H1.1z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/><path d="M8 6v3.6" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/><circle cx="8" cy="11.7" r=".9" fill="currentColor"/></symbol>
<symbol id="i-copy" viewBox="0 0 16 16"><rect x="5.5" y="5.5" width="8" height="8" rx="1.5" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M10.5 5.5V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5" fill="none" stroke="currentColor" stroke-width="1.4"/></symbol>
<symbol id="i-gate" viewBox="0 0 18 18"><path d="M2.5 16V3.5M15.5 16V3.5M6.8 16V6.5M11.2 16V6.5" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/><path d="M1.5 5.5c4-3.6 11-3.6 15 0" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/></symbol>
<symbol id="i-violated" viewBox="0 0 16 16"><path d="M4 4l8 8M12 4l-8 8" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></symbol>
<symbol id="i-unknown" viewBox="0 0 16 16"><path d="M5.3 5.6c.1-1.7 1.3-2.7 2.9-2.7 1.5 0 2.7 1 2.7 2.4 0 2.1-2.7 2.1-2.7 4.1" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/><circle cx="8.2" cy="12.7" r="1.1" fill="currentColor"/></symbol>
<symbol id="i-noted" viewBox="0 0 16 16"><circle cx="8" cy="8" r="2.5" fill="currentColor"/></symbol>
</svg>`;

export function ago(at: Instant, now: Instant): Html {
  const length = between(at, now);
  const words = length < 1_000 ? "just now" : `${largestUnit(printDuration(length))} ago`;
  return html`<time datetime="${printInstant(at)}" title="${printInstant(at)}">${words}</time>`;
}

export function agoOrNever(at: Instant | "never" | "unknown", now: Instant): Html {
  return typeof at === "string" ? html`<span class="muted">${at}</span>` : ago(at, now);
}

function largestUnit(duration: string): string {
  return duration.split(" ").slice(0, 2).join(" ");
}

export function imagePath(key: ImageKey): string {
  return `/images/${printImageKey(key)}`;
}

/** What people call an image: its repository and first tag; the digest stands beside it. */
export function imageName({ key, tags }: Pick<ImageRecord, "key" | "tags">): string {
  const [tag] = tags;
  return tag === undefined ? key.repository : `${key.repository}:${tag}`;
}

export function digestCode(digest: Digest): Html {
  return html`<code title="${digest}">${shortDigest(digest)}</code>${copyButton(digest, "Copy the whole digest")}`;
}

/** Text with its digests shortened to the eye; selecting or copying it takes them whole. */
export function shortened(text: string): Html {
  const pieces = text.split(/((?:sha256|sha512):[0-9a-f]{12})([0-9a-f]{52,116})/);
  return html`${pieces.map((piece, index) => (index % 3 === 2 ? html`<span class="rest">${piece}</span>` : piece))}`;
}

/** A command to take along: one click or press selects it whole. */
export function command(text: string): Html {
  return html`<code class="all">${shortened(text)}</code>${copyButton(text, "Copy this command")}`;
}

export function copyButton(text: string, label: string): Html {
  return html`<button type="button" class="copy" data-copy="${text}" title="Copy" aria-label="${label}">${icon("copy")}</button>`;
}

/** `1 image is`, `3 images are`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
