import type { Problem } from "../problem.ts";
import { type Html, html } from "./html.ts";
import { shell } from "./layout.ts";
import { icon } from "./parts.ts";

/** The four parts of an error: what could not be done, why, what is safe meanwhile, what to do next. */
export function problemContent({ title, detail, meanwhile, next }: Problem): Html {
  return html`<div class="head"><h1>${title}</h1></div><div class="panel"><dl class="facts plain"><dt>Why</dt><dd>${detail}</dd><dt>Meanwhile</dt><dd>${meanwhile}</dd><dt>Next</dt><dd>${next}</dd></dl></div>`;
}

/** For answers that come before a session is known. */
export function problemPage(problem: Problem): Html {
  return shell(
    problem.title,
    html`<main id="main" class="door"><a class="brand" href="/">${icon("gate")}Moorgate</a>${problemContent(problem)}</main>`,
  );
}
