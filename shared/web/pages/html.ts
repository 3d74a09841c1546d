import { html as escaped } from "hono/html";
import { printable } from "../../policy/explain/escape.ts";

/** A piece of a page. */
export type Html = ReturnType<typeof escaped>;

type Value = string | number | Html | readonly Value[];

/**
 * The only maker of pages. Every text that is put in is foreign until proven otherwise: markup is escaped, and what would turn the reading
 * direction or hide is shown as its code point.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return escaped(strings, ...values.map(harmless));
}

function harmless(value: Value): unknown {
  if (typeof value === "string") return printable(value);
  return isList(value) ? value.map(harmless) : value;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
