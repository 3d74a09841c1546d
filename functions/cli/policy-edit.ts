import { isDeepStrictEqual } from "node:util";
import { isMap, isNode, isScalar, isSeq, type Pair, parse, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";

/** A key as it is written into a policy. */
export interface WrittenKey {
  readonly name: string;
  readonly file: string;
}

/**
 * The text of a policy with one trusted key more. Not a byte of it changes but where the key is put in: comments, order and form stay.
 * `undefined`: the text is written in a way that nothing can be put into without changing the rest.
 */
export function withKey(text: string, key: WrittenKey): string | undefined {
  const edited = edit(text, key);
  return edited !== undefined && isOnlyMore(text, edited, key) ? edited : undefined;
}

function edit(text: string, key: WrittenKey): string | undefined {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) return undefined;
  const trust = pairOf(contents, "trust");
  if (trust === undefined) return beforeRules(text, contents, key);
  if (isScalar(trust.value) && trust.value.value === null) return behindKey(text, trust, `  keys:\n${inBlock(key, "    ")}`);
  if (!isMap(trust.value)) return undefined;
  const keys = pairOf(trust.value, "keys");
  if (keys === undefined) return intoTrust(text, trust, trust.value, key);
  return isSeq(keys.value) ? intoKeys(text, keys.value, key) : undefined;
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === name);
}

function intoKeys(text: string, { items, flow, range }: YAMLSeq, key: WrittenKey): string | undefined {
  const last = items.at(-1);
  if (range === undefined || range === null) return undefined;
  if (flow === true) return inserted(text, range[1] - 1, `${items.length === 0 ? "" : ", "}${inFlow(key)}`);
  if (!isNode(last) || last.range === undefined || last.range === null) return undefined;
  const indent = indentOf(text, last.range[0]);
  return afterLine(text, last.range[1], inBlock(key, indent));
}

function intoTrust(text: string, trust: Pair, { range, flow, items }: YAMLMap, key: WrittenKey): string | undefined {
  if (range === undefined || range === null) return undefined;
  if (flow === true) {
    const rest = items.length === 0 ? " " : ",";
    return `${text.slice(0, range[0] + 1)} keys: [${inFlow(key)}]${rest}${text.slice(range[0] + 1)}`;
  }
  const indent = indentOf(text, range[0]);
  return behindKey(text, trust, `${indent}keys:\n${inBlock(key, `${indent}  `)}`);
}

/** Behind the line that opens a block: a comment in front of what stands first in it stays there. */
function behindKey(text: string, { key }: Pair, more: string): string | undefined {
  if (!isScalar(key) || key.range === undefined || key.range === null) return undefined;
  return afterLine(text, key.range[1], more);
}

function beforeRules(text: string, contents: YAMLMap, key: WrittenKey): string | undefined {
  const rules = pairOf(contents, "rules");
  if (contents.flow === true || !isScalar(rules?.key) || rules.key.range === undefined || rules.key.range === null) return undefined;
  const start = lineStart(text, rules.key.range[0]);
  return `${text.slice(0, start)}trust:\n  keys:\n${inBlock(key, "    ")}\n${text.slice(start)}`;
}

/** Puts text in front of a closing bracket, and leaves spaces and a last comma before it behind. */
function inserted(text: string, at: number, more: string): string {
  const before = text.slice(0, at);
  const end = before.replace(/[\s,]*$/, "");
  return `${end}${more}${/\s$/.test(before) ? " " : ""}${text.slice(at)}`;
}

/** Behind the line in which a value ends; a comment beside it stays with it. */
function afterLine(text: string, end: number, more: string): string {
  if (text[end - 1] === "\n") return `${text.slice(0, end)}${more}${text.slice(end)}`;
  const newline = text.indexOf("\n", end);
  return newline < 0 ? `${text}\n${more}` : `${text.slice(0, newline + 1)}${more}${text.slice(newline + 1)}`;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

function indentOf(text: string, at: number): string {
  return /^ */.exec(text.slice(lineStart(text, at)))?.[0] ?? "";
}

function inBlock({ name, file }: WrittenKey, indent: string): string {
  return `${indent}- name: ${plain(name)}\n${indent}  file: ${plain(file)}\n`;
}

function inFlow({ name, file }: WrittenKey): string {
  return `{ name: ${plain(name)}, file: ${plain(file)} }`;
}

/** Without quotes where it cannot be taken for anything but this text. */
function plain(text: string): string {
  return /^[\w./-]+$/.test(text) && parseOrNothing(text) === text ? text : JSON.stringify(text);
}

/** Whether the edit did what it was to do, whatever the text looked like: read again, the policy has one key more and is the same in all else. */
function isOnlyMore(before: string, after: string, key: WrittenKey): boolean {
  const expected: unknown = parse(before);
  if (!isFields(expected)) return false;
  const trust = isFields(expected["trust"]) ? expected["trust"] : {};
  const keys: readonly unknown[] = Array.isArray(trust["keys"]) ? trust["keys"] : [];
  return isDeepStrictEqual(parseOrNothing(after), { ...expected, trust: { ...trust, keys: [...keys, { ...key }] } });
}

function parseOrNothing(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The lines in which two texts differ, those of the first with `-`, of the second with `+`, with their numbers. */
export function changedLines(before: string, after: string): readonly string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let same = 0;
  while (same < old.length - start && same < now.length - start && old.at(-1 - same) === now.at(-1 - same)) same++;
  const side = (lines: readonly string[], sign: string): readonly string[] =>
    lines.slice(start, lines.length - same).map((line, index) => `${String(start + index + 1).padStart(5)} ${sign} ${line}`);
  return [...side(old, "-"), ...side(now, "+")];
}
