import { printable } from "../explain/escape.ts";
import type { SimulationReport } from "./report.ts";
import type { Difference } from "./simulate.ts";
import { decision, effectMark, effectRows, nameOf, remarks, ruleRows, title, touchedRows, verdictRows } from "./words.ts";

const MOST_ROWS = 10;
const MOST_IMAGES = 20;

/** A simulation for terminals and logs: decision, what to know, numbers, then the images. */
export function renderSimulationText(report: SimulationReport): string {
  return [
    `  SIMULATION  ${printable(title(report))}`,
    `  ${decision(report)}`,
    ...remarks(report).map((remark) => `  ! ${printable(remark)}`),
    "",
    ...effectRows(report).map(([symbol, number, words]) => `  ${symbol} ${String(number).padStart(6)}  ${words}`),
    "",
    ...table(verdictRows(report)),
    ...touchedLines(report),
  ].join("\n");
}

/** What a simulation touches, without its counts: for whoever counts differently, as held and deadlines. */
export function renderTouchedText(report: SimulationReport): string {
  return touchedLines(report).slice(1).join("\n");
}

/** Each part with an empty line before it. */
function touchedLines(report: SimulationReport): readonly string[] {
  return [
    ...section(ruleRows(report.rules)),
    ...section(touchedRows("team", report.teams)),
    ...section(touchedRows("repository", report.repositories)),
    ...imageLines(report),
  ];
}

function section(rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 1) return [];
  const hidden = rows.length - 1 - MOST_ROWS;
  return ["", ...table(rows.slice(0, MOST_ROWS + 1)), ...(hidden > 0 ? [`  ... and ${hidden} more`] : [])];
}

function imageLines({ differences, effects }: SimulationReport): readonly string[] {
  const all = effects["newly-held"] + effects["newly-free"] + effects["other-verdict"];
  const shown = differences.slice(0, MOST_IMAGES);
  return shown.length === 0
    ? []
    : ["", ...shown.flatMap(differenceLines), ...(all > shown.length ? [`  ... and ${all - shown.length} more`] : [])];
}

function differenceLines(difference: Difference): readonly string[] {
  const [symbol, words] = effectMark(difference);
  const [reason] = difference.reasons;
  const more = difference.reasons.length > 1 ? ", and more" : "";
  return [
    `  ${symbol} ${printable(nameOf(difference))}   ${words}: ${difference.before.verdict} -> ${difference.after.verdict}`,
    ...(reason === undefined
      ? []
      : [`      ${printable(`${reason.ruleId}: ${reason.message} [${reason.place}]${more}`)}`, `      Fix: ${printable(reason.remedy)}`]),
  ];
}

/** Columns: words to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    `  ${row.map((cell, column) => (isNumeric(rows, column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join("  ")}`.trimEnd(),
  );
}

function isNumeric(rows: readonly (readonly string[])[], column: number): boolean {
  return rows.slice(1).every((row) => /^\d+$/.test(row[column] ?? ""));
}
