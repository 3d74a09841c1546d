import { type Html, html } from "./html.ts";
import { shell } from "./layout.ts";
import { icon } from "./parts.ts";

export function loginPage({ next, fault }: { readonly next: string; readonly fault?: string }): Html {
  return shell(
    "Sign in",
    html`<main id="main" class="door"><a class="brand" href="/">${icon("gate")}Moorgate</a><div class="panel"><h1>Sign in</h1>
<p class="muted">With your access token, or the one that <code>moorgate up</code> printed at its first start.</p>
<form method="post" action="/login"><input type="hidden" name="next" value="${next}"><input class="sr" type="text" name="user" value="moorgate" autocomplete="username" tabindex="-1" aria-hidden="true">
<div class="field"><label for="token">Access token</label><input id="token" name="token" type="password" autocomplete="current-password" required autofocus spellcheck="false"${fault === undefined ? "" : html` aria-invalid="true" aria-describedby="fault"`}>
${fault === undefined ? "" : html`<p id="fault" class="hint fault" role="alert">${fault}</p>`}</div>
<button class="do first">Sign in</button></form></div></main>`,
  );
}
