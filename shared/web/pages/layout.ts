import type { Session } from "../session.ts";
import { type Html, html } from "./html.ts";
import { command, icon, SPRITE } from "./parts.ts";

export interface PageView {
  readonly title: string;
  readonly current?: "now" | "images" | "audit";
  readonly session: Session;
  /** The command that prints the same. */
  readonly command: string;
  /** Where the same stands as JSON. */
  readonly json: string;
  readonly version: string;
  readonly content: Html;
}

const NAV = [
  { id: "now", path: "/", word: "Now" },
  { id: "images", path: "/images", word: "Images" },
  { id: "audit", path: "/audit", word: "Audit" },
] as const;

export function page(view: PageView): Html {
  const content = html`<header class="bar"><div class="bar-in">
<a class="brand" href="/">${icon("gate")}Moorgate</a>
<nav class="nav" aria-label="Pages">${NAV.map(({ id, path, word }) => html`<a href="${path}"${id === view.current ? html` aria-current="page"` : ""}>${word}</a>`)}</nav>
${view.current === "images" ? "" : html`<form class="search" role="search" action="/images"><input type="search" name="q" aria-label="Search images" placeholder="Search images" aria-keyshortcuts="/"></form>`}
<form method="post" action="/logout"${view.current === "images" ? html` class="away"` : ""}>${csrfField(view.session)}<button class="quiet">Sign out</button></form>
</div></header>
<main id="main" tabindex="-1">${view.content}</main>
<footer><div class="foot"><span class="command">On the terminal: ${command(view.command)}</span><a href="${view.json}">JSON</a><a href="/api/v1/openapi.json">API</a><span>Moorgate ${view.version}</span></div></footer>`;
  return shell(view.title, content);
}

export function shell(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Moorgate</title>
<link rel="stylesheet" href="/style.css"><link rel="icon" href="/icon.svg" type="image/svg+xml"><script src="/app.js" defer></script>
</head><body><a class="skip" href="#main">Skip to content</a>${SPRITE}
${content}<div id="said" class="sr" role="status"></div></body></html>`;
}

export function csrfField(session: Session): Html {
  return html`<input type="hidden" name="csrf" value="${session.csrf}">`;
}

export async function htmlResponse(content: Html, status: number): Promise<Response> {
  const text = await content;
  return new Response(text.toString(), { status, headers: { "content-type": "text/html; charset=utf-8" } });
}
