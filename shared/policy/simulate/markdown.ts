import { codeSpan } from "../explain/escape.ts";
import type { SimulationReport } from "./report.ts";
import type { Difference } from "./simulate.ts";
import { decision, effectMark, effectRows, nameOf, remarks, ruleRows, title, touchedRows, verdictRows } from "./words.ts";

const MOST_ROWS = 20;
const MOST_IMAGES = 50;

/**
 * The same for a pull request: decision and numbers, everything else folded. Text that comes from images, reports and people stands in code
 * spans only, so that it can neither link nor mention anybody.
 */
export function renderSimulationMarkdown(report: SimulationReport): string {
  const { differences, effects } = report;
  const all = effects["newly-held"] + effects["newly-free"] + effects["other-verdict"];
  const hidden = all - Math.min(all, MOST_IMAGES);
  return [
    `**${decision(report)}** ${codeSpan(title(report))}`,
    "",
    ...remarks(report).map((remark) => `> ${codeSpan(remark)}  `),
    "",
    ...table([["", "images", ""], ...effectRows(report).map(([symbol, number, words]) => [symbol, String(number), words])]),
    "",
    ...table(ruleRows(report.rules)),
    "",
    ...folded("By team", table(touchedRows("team", report.teams))),
    ...folded("By repository", table(touchedRows("repository", report.repositories))),
    ...folded("Verdicts", table(verdictRows(report))),
    ...folded("Images", [...differences.slice(0, MOST_IMAGES).map(differenceLine), ...(hidden > 0 ? [`- ... and ${hidden} more`] : [])]),
  ].join("\n");
}

function folded(summary: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`<details><summary>${summary}</summary>`, "", ...lines, "", "</details>", ""];
}

function differenceLine(difference: Difference): string {
  const [, words] = effectMark(difference);
  const [reason] = difference.reasons;
  const why =
    reason === undefined
      ? ""
      : `: ${codeSpan(`${reason.ruleId}: ${reason.message}`)} (${codeSpan(reason.place)}). Fix: ${codeSpan(reason.remedy)}`;
  return `- **${words}** ${codeSpan(nameOf(difference))}, ${difference.before.verdict} -> ${difference.after.verdict}${why}`;
}

/** Nothing where there is only a head. */
function table([head = [], ...rows]: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const hidden = rows.length - MOST_ROWS;
  return [
    `| ${head.join(" | ")} |`,
    `|${head.map((_, column) => (rows.every((row) => /^\d+$/.test(row[column] ?? "")) ? " ---: " : " --- ")).join("|")}|`,
    ...rows.slice(0, MOST_ROWS).map((row) => `| ${row.map(cellOf).join(" | ")} |`),
    ...(hidden > 0 ? ["", `... and ${hidden} more`] : []),
  ];
}

/** Names and places come from outside; numbers and our own words do not. */
function cellOf(text: string): string {
  return /^(?:[a-z0-9 ,~+?-]*|\.)$/.test(text) ? text : codeSpan(text).replaceAll("|", "\\|");
}
