import { codeSpan, printable } from "./escape.ts";
import type { ExplainedReason, Explanation } from "./explain.ts";
import type { ExplainedNote } from "./notes.ts";

const MOST_REASONS = 3;
const MOST_FOLDED = 50;

/**
 * The same for a pull request: decision, the first reasons and the remedy; everything else folded. Text that comes from images, reports and
 * people stands in code spans only, so that it can neither link nor mention anybody.
 */
export function renderMarkdown({
  verdict,
  image,
  policy,
  headline,
  reasons,
  notes,
  waiver,
  fixes,
  effect,
  cause,
  facts,
  identity,
  digest,
  next,
}: Explanation): string {
  const folded = [
    "<details><summary>Facts and all reasons</summary>",
    "",
    `- Image: ${codeSpan(digest)} (${identity.slice(1).map(codeSpan).join(", ")})`,
    ...(cause === undefined ? [] : [`- Cause: ${codeSpan(cause)}`]),
    ...facts.map((fact) => `- Fact: ${codeSpan(fact)}`),
    ...listed(reasons, MOST_FOLDED),
    ...noted(notes),
    ...(waiver === undefined ? [] : ["", "To live with it, add to `waivers.yaml`, once approved:", "", ...fenced(waiver)]),
    ...(next.length === 0 ? [] : ["", "```sh", ...next, "```"]),
    "",
    "</details>",
  ];
  return [
    `**${verdict.toUpperCase()}** ${codeSpan(image)} by policy ${codeSpan(policy)}: ${codeSpan(headline)}`,
    "",
    ...listed(reasons, MOST_REASONS),
    ...(reasons.length === 0 ? [] : [""]),
    ...(fixes.length === 0
      ? []
      : [
          `**Fix:** ${fixes.slice(0, MOST_REASONS).map(codeSpan).join("; ")}${fixes.length > MOST_REASONS ? `; ${fixes.length - MOST_REASONS} more` : ""}  `,
        ]),
    `**Effect:** ${codeSpan(effect)}`,
    "",
    ...folded,
    "",
  ].join("\n");
}

function noted(notes: readonly ExplainedNote[]): readonly string[] {
  const lines = notes
    .slice(0, MOST_FOLDED)
    .map(({ word, message, place }) => `- ${word}: ${codeSpan(message)}${place === undefined ? "" : ` (${codeSpan(place)})`}`);
  return notes.length > MOST_FOLDED ? [...lines, `- ... and ${notes.length - MOST_FOLDED} more`] : lines;
}

// A fence ends only by one as long (CommonMark 4.5): no text of a report can close it.
function fenced(text: string): readonly string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}yaml`, ...text.trimEnd().split("\n").map(printable), fence];
}

function listed(reasons: readonly ExplainedReason[], most: number): readonly string[] {
  const hidden = reasons.length - most;
  const lines = reasons
    .slice(0, most)
    .map(
      ({ word, ruleId, child, message, place, because }) =>
        `- **${word}** ${codeSpan(ruleId)}: ${child === undefined ? "" : `${codeSpan(child)}, `}${codeSpan(message)} (${codeSpan(because === undefined ? place : `${place}; ${because}`)})`,
    );
  return hidden > 0 ? [...lines, `- ... and ${hidden} more`] : lines;
}
