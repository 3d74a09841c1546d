import { printable } from "../../shared/policy/explain/escape.ts";
import { wrap } from "../../shared/policy/explain/wrap.ts";
import { type Colour, paint } from "./paint.ts";
import type { Terminal } from "./terminal.ts";

export type Look = Pick<Terminal, "colour" | "columns">;

/** Symbol first: colour only says it again. */
export type Mark = readonly [symbol: string, colour: Colour];

export const OK: Mark = ["+", "green"];
export const BAD: Mark = ["x", "red"];
export const OPEN: Mark = ["?", "yellow"];

export const INDENT = "  ";
const NAME = 22;
const LABEL = 9;

/** Symbol and name, with lines that hang beside them. A name too long for its column gets a line of its own. Text may be foreign. */
export function marked([symbol, colour]: Mark, name: string, lines: readonly string[], look: Look): readonly string[] {
  const start = `${INDENT}${paint(symbol, colour, look.colour)} `;
  const body = lines.flatMap((line) => hung(line, INDENT.length + NAME, look));
  const shown = printable(name);
  if (shown.length + 3 > NAME) return [`${start}${shown}`, ...body];
  return [`${start}${shown.padEnd(NAME - 2)}${(body[0] ?? "").trimStart()}`, ...body.slice(1)];
}

/** A paragraph, every line of it indented by `hang`. Text may be foreign. */
export function hung(text: string, hang: number, look: Look): readonly string[] {
  return wrap(printable(text), look.columns - hang).map((line) => `${" ".repeat(hang)}${line}`);
}

/** A paragraph beside its label. Text may be foreign. */
export function labelled(label: string, text: string, look: Look): readonly string[] {
  const [first = "", ...rest] = hung(text, INDENT.length + LABEL, look);
  return [`${INDENT}${label.padEnd(LABEL)}${first.trimStart()}`, ...rest];
}
