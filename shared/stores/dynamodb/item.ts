import { createHash } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Where an item is listed, beside its own place; an absent member: not there. */
export interface Marks {
  readonly change?: readonly [string, number];
  readonly job?: readonly [string, string];
  /** What lists by time filter by. */
  readonly seen?: object;
  /** The same; it changes seldom. */
  readonly tags?: string;
  /** Something of it waits to be numbered or counted. */
  readonly waits?: boolean;
  /** When the item may go, in milliseconds. */
  readonly endsAt?: number;
}

export type Item = Record<string, AttributeValue>;

/** A packed body, in the item itself or in pieces elsewhere. */
export type Body =
  | { readonly kind: "here"; readonly bytes: Uint8Array }
  | { readonly kind: "apart"; readonly id: string; readonly parts: number };

export interface Stored {
  /** Grows with each write of the item. */
  readonly rev: number;
  /** Of the one call that wrote it. */
  readonly writer: string;
  readonly body: Body;
}

export function keyItem({ pk, sk }: Key): { pk: AttributeValue; sk: AttributeValue } {
  return { pk: { S: pk }, sk: { S: sk } };
}

export function itemOf(key: Key, { rev, writer, body }: Stored, marks: Marks): Item {
  const { change, job, seen, tags, waits, endsAt } = marks;
  return {
    ...keyItem(key),
    r: { N: String(rev) },
    w: { S: writer },
    ...(body.kind === "here" ? { b: { B: body.bytes } } : { i: { S: body.id }, n: { N: String(body.parts) } }),
    ...(change === undefined ? {} : { gc: { S: change[0] }, gn: { N: String(change[1]) } }),
    ...(job === undefined ? {} : { gj: { S: job[0] }, gt: { S: job[1] } }),
    ...(seen === undefined ? {} : { x: { S: JSON.stringify(seen) } }),
    ...(tags === undefined ? {} : { y: { S: tags } }),
    ...(waits === true ? { o: { N: "1" } } : {}),
    ...(endsAt === undefined ? {} : { ttl: { N: String(Math.ceil(endsAt / 1_000)) } }),
  };
}

export function storedOf(item: Item): Stored {
  const bytes = item["b"]?.B;
  const body: Body = bytes === undefined ? { kind: "apart", id: textOf(item, "i"), parts: numberOf(item, "n") } : { kind: "here", bytes };
  return { rev: numberOf(item, "r"), writer: textOf(item, "w"), body };
}

export function keyOf(item: Item): Key {
  return { pk: textOf(item, "pk"), sk: textOf(item, "sk") };
}

/** What a list by time was given to filter by. */
export function seenOf<T>(item: Item): T {
  return JSON.parse(textOf(item, "x"));
}

export function textOf(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) throw broken(name);
  return value;
}

export function numberOf(item: Item, name: string): number {
  const value = Number(item[name]?.N);
  if (!Number.isSafeInteger(value)) throw broken(name);
  return value;
}

/** Thrown where an item is not what this store writes: somebody else changed the table. */
function broken(name: string): TypeError {
  return new TypeError(`the table's attribute ${name} does not hold what this store writes`);
}

/** Of a sort key that `padded` wrote. */
export function numberOfText(text: string): number {
  return Number(text.split("#")[0]);
}

/** For a key of what others chose: a key takes 1 KB or 2, and stands in logs. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
