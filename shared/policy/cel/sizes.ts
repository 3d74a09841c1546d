import type { Sizes } from "./cost.ts";

type Values = Readonly<Record<string, unknown>>;

/** The sizes of what an expression is fed. Looks through the evidence once for each field that is asked for. */
export function sizesOf(values: Values, pattern: Sizes["pattern"]): Sizes {
  const known = new Map<string, number>();
  const remember = (name: string, find: () => number): number => {
    const size = known.get(name) ?? find();
    known.set(name, size);
    return size;
  };
  const records = Object.values(values).flatMap((value) => (Array.isArray(value) ? value : [value])) as readonly unknown[];
  const json = () => remember("", () => records.reduce<number>((sum, one) => sum + extent(memberOf(one, "predicate")), 0));
  const field = (name: string) =>
    Math.max(
      json(),
      remember(`.${name}`, () => greatest(records, (one) => lengthOf(memberOf(one, name)))),
    );
  const item = (name: string) =>
    Math.max(
      json(),
      remember(`[]${name}`, () => greatest(records, (one) => itemLength(memberOf(one, name)))),
    );
  const largest = () => remember("*", () => Math.max(records.length, json(), greatest(records, widest)));
  return {
    field,
    item,
    pattern,
    largest,
    variable: (name) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      return Array.isArray(value) ? value.length : largest();
    },
  };
}

// A call with a hundred thousand arguments overflows the stack.
function greatest(items: readonly unknown[], sizeOf: (item: unknown) => number): number {
  return items.reduce<number>((most, item) => Math.max(most, sizeOf(item)), 0);
}

function widest(record: unknown): number {
  return typeof record === "object" && record !== null ? greatest(Object.values(record), deepLength) : lengthOf(record);
}

// An item of a list may be longer than the list.
function deepLength(value: unknown): number {
  return Math.max(lengthOf(value), itemLength(value));
}

function itemLength(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return greatest(Array.isArray(value) ? value : [...Object.keys(value), ...Object.values(value)], lengthOf);
}

function memberOf(record: unknown, name: string): unknown {
  return typeof record === "object" && record !== null && Object.hasOwn(record, name) ? Reflect.get(record, name) : undefined;
}

function lengthOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : 1;
}

/** All letters, items and members of JSON together. */
function extent(value: unknown): number {
  if (typeof value !== "object" || value === null) return value === undefined ? 0 : lengthOf(value);
  const inner = Array.isArray(value) ? value : [...Object.keys(value), ...Object.values(value)];
  return inner.reduce<number>((sum, one) => sum + 1 + extent(one), 0);
}
