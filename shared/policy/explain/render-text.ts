import { printable } from "./escape.ts";
import type { ExplainedReason, Explanation } from "./explain.ts";
import type { ExplainedNote } from "./notes.ts";
import { wrap } from "./wrap.ts";

export interface TextLook {
  readonly colour: boolean;
  /** Columns. Commands are never broken, so that they can be copied. */
  readonly width: number;
}

// More than a page is read by nobody; the rest is counted and stands in the JSON.
const MOST_REASONS = 12;
const MOST_FIXES = 4;
const LABEL = 9;
const INDENT = 2;

/** The standard block for terminals and logs: decision, reasons, remedy, effect, facts, next commands. */
export function renderText(explanation: Explanation, look: TextLook): string {
  const { reasons, notes, waiver, fixes, effect, cause, facts, next } = explanation;
  const labelled = [
    ...shortened(fixes, MOST_FIXES).flatMap((fix, index) => paragraph(index === 0 ? "Fix" : "", fix, look)),
    ...(waiver === undefined ? [] : paragraph("Waive", WAIVE, look)),
    ...paragraph("Effect", effect, look),
    ...(cause === undefined ? [] : paragraph("Cause", cause, look)),
    ...paragraph("Facts", facts.join(" · "), look),
    ...next.map((command, index) => `${" ".repeat(INDENT)}${(index === 0 ? "Next" : "").padEnd(LABEL)}${command}`),
  ];
  const listed = [...reasonLines(reasons, look), ...noteLines(notes, look)];
  return [...heading(explanation, look), "", ...listed, ...(listed.length === 0 ? [] : [""]), ...labelled].join("\n");
}

function heading({ verdict, image, policy, identity, headline }: Explanation, look: TextLook): readonly string[] {
  const word = verdict.toUpperCase();
  const [first = "", ...rest] = wrap(printable(`${image}   policy ${policy}`), look.width - INDENT - word.length - 3);
  const hang = " ".repeat(INDENT + word.length + 3);
  return [
    `${" ".repeat(INDENT)}${paint(word, COLOURS[verdict], look)}   ${first}`,
    ...rest.map((line) => `${hang}${line}`),
    ...block(identity.join(" · "), INDENT, look),
    ...block(headline, INDENT, look),
  ];
}

const WAIVE = "with a waiver in waivers.yaml, once it is approved; --markdown and --json print it";
const MOST_NOTES = 6;

function noteLines(notes: readonly ExplainedNote[], look: TextLook): readonly string[] {
  const lines = notes.slice(0, MOST_NOTES).flatMap(({ symbol, word, message, place }) => {
    const [first = "", ...rest] = wrap(
      printable(`${word}: ${message}${place === undefined ? "" : ` [${place}]`}`),
      look.width - INDENT - 2,
    );
    return [
      `${" ".repeat(INDENT)}${paint(symbol, MARKS[symbol], look)} ${first}`,
      ...rest.map((line) => `${" ".repeat(INDENT + 2)}${line}`),
    ];
  });
  const hidden = notes.length - MOST_NOTES;
  return hidden > 0 ? [...lines, `${" ".repeat(INDENT)}  ... and ${hidden} more that do not count`] : lines;
}

function reasonLines(reasons: readonly ExplainedReason[], look: TextLook): readonly string[] {
  const shown = reasons.slice(0, MOST_REASONS);
  const column = Math.min(24, Math.max(0, ...shown.map((reason) => reason.ruleId.length))) + 2;
  const lines = shown.flatMap((reason) => reasonLine(reason, column, look));
  const hidden = reasons.length - shown.length;
  return hidden === 0 ? lines : [...lines, `${" ".repeat(INDENT)}  ... and ${hidden} more`];
}

/** A name too long for its column gets a line of its own. */
function reasonLine(
  { symbol, word, ruleId, child, message, place, because }: ExplainedReason,
  column: number,
  look: TextLook,
): readonly string[] {
  const hang = INDENT + 2 + column;
  const about = child === undefined ? "" : `${child}: `;
  const lines = wrap(printable(`${word}: ${about}${message} [${place}${because === undefined ? "" : `; ${because}`}]`), look.width - hang);
  const name = printable(ruleId);
  const start = `${" ".repeat(INDENT)}${paint(symbol, MARKS[symbol], look)} `;
  const body = lines.map((line) => `${" ".repeat(hang)}${line}`);
  return name.length + 2 > column ? [`${start}${name}`, ...body] : [`${start}${name.padEnd(column)}${lines[0] ?? ""}`, ...body.slice(1)];
}

function paragraph(label: string, text: string, look: TextLook): readonly string[] {
  const hang = INDENT + LABEL;
  return wrap(printable(text), look.width - hang).map(
    (line, index) => `${(index === 0 ? `${" ".repeat(INDENT)}${label}` : "").padEnd(hang)}${line}`,
  );
}

function block(text: string, indent: number, look: TextLook): readonly string[] {
  return wrap(printable(text), look.width - indent).map((line) => `${" ".repeat(indent)}${line}`);
}

function shortened(items: readonly string[], most: number): readonly string[] {
  return items.length <= most ? items : [...items.slice(0, most), `and ${items.length - most} more`];
}

const RED = "31";
const GREEN = "32";
const YELLOW = "33";
const COLOURS: Readonly<Record<Explanation["verdict"], string | undefined>> = {
  violating: RED,
  indeterminate: YELLOW,
  compliant: GREEN,
  "not judged": undefined,
};
const MARKS: Readonly<Record<string, string>> = { x: RED, "?": YELLOW, "!": YELLOW };

function paint(text: string, colour: string | undefined, look: TextLook): string {
  return look.colour && colour !== undefined ? `\u001b[${colour}m${text}\u001b[0m` : text;
}
