import { AdapterError } from "../ports/adapter-error.ts";

export interface TreeLimits {
  readonly keeps: ReadonlySet<string>;
  readonly maxDepth: number;
  readonly maxValues: number;
  readonly place: string;
}

/** Builds the kept part of a document out of its tokens, and holds them to the grammar (RFC 8259), those that are left out too. */
export interface Tree {
  open(isList: boolean): void;
  close(isList: boolean): void;
  colon(): void;
  comma(): void;
  value(value: unknown): void;
  /** @throws AdapterError malformed: the document is not whole */
  root(): unknown;
}

interface Frame {
  /** Undefined: an object. */
  readonly list: unknown[] | undefined;
  readonly object: Record<string, unknown>;
  readonly isKept: boolean;
  /** Everything below is kept. */
  readonly isWhole: boolean;
  name: string;
}

type Expected = "value" | "value-or-end" | "name" | "name-or-end" | "colon" | "comma-or-end" | "nothing";

const LONGEST_INTERNED = 200;
const MOST_INTERNED = 100_000;

interface State {
  readonly frames: Frame[];
  readonly texts: Map<string, string>;
  expected: Expected;
  values: number;
  root: unknown;
}

export function openTree(limits: TreeLimits): Tree {
  const state: State = { frames: [], texts: new Map(), expected: "value", values: 0, root: undefined };
  return {
    open: (isList) => open(state, limits, isList),
    close: (isList) => close(state, limits, isList),
    colon() {
      if (state.expected !== "colon") throw notJson(limits);
      state.expected = "value";
    },
    comma() {
      const frame = state.frames.at(-1);
      if (state.expected !== "comma-or-end" || frame === undefined) throw notJson(limits);
      state.expected = frame.list === undefined ? "name" : "value";
    },
    value: (value) => take(state, limits, value),
    root() {
      if (state.expected !== "nothing") throw new AdapterError("malformed", `${limits.place}: the text ends too early`);
      return state.root;
    },
  };
}

function notJson({ place }: TreeLimits): AdapterError {
  return new AdapterError("malformed", `${place}: not JSON in UTF-8`);
}

function open(state: State, limits: TreeLimits, isList: boolean): void {
  if (state.expected !== "value" && state.expected !== "value-or-end") throw notJson(limits);
  if (state.frames.length >= limits.maxDepth) throw new AdapterError("malformed", `${limits.place}: nested deeper than ${limits.maxDepth}`);
  const frame = frameBelow(state.frames.at(-1), limits, isList);
  if (frame.isKept) add(state, limits, frame.list ?? frame.object);
  state.frames.push(frame);
  state.expected = isList ? "value-or-end" : "name-or-end";
}

function frameBelow(parent: Frame | undefined, limits: TreeLimits, isList: boolean): Frame {
  const list = isList ? [] : undefined;
  if (parent === undefined) return { list, object: {}, isKept: true, isWhole: false, name: "" };
  const isWhole = parent.isWhole || (parent.list === undefined && limits.keeps.has(`${parent.name}.*`));
  return { list, object: {}, isKept: keepsHere(parent, limits), isWhole, name: "" };
}

function close(state: State, limits: TreeLimits, isList: boolean): void {
  const frame = state.frames.pop();
  const fits = state.expected === "comma-or-end" || state.expected === (isList ? "value-or-end" : "name-or-end");
  if (frame === undefined || !fits || (frame.list !== undefined) !== isList) throw notJson(limits);
  state.expected = state.frames.length === 0 ? "nothing" : "comma-or-end";
}

function take(state: State, limits: TreeLimits, value: unknown): void {
  const frame = state.frames.at(-1);
  if (state.expected === "name" || state.expected === "name-or-end") {
    if (typeof value !== "string" || frame === undefined) throw notJson(limits);
    frame.name = value;
    state.expected = "colon";
    return;
  }
  if (state.expected !== "value" && state.expected !== "value-or-end") throw notJson(limits);
  if (frame === undefined || keepsHere(frame, limits)) add(state, limits, typeof value === "string" ? interned(state, value) : value);
  state.expected = frame === undefined ? "nothing" : "comma-or-end";
}

/** Whether what comes next in the container is kept: any element of a kept list, a member that somebody uses. */
function keepsHere(frame: Frame, { keeps }: TreeLimits): boolean {
  if (!frame.isKept) return false;
  if (frame.list !== undefined) return true;
  if (frame.name === "__proto__") return false;
  return frame.isWhole || keeps.has(frame.name) || keeps.has(`${frame.name}.*`);
}

function add(state: State, { maxValues, place }: TreeLimits, value: unknown): void {
  state.values++;
  if (state.values > maxValues) throw new AdapterError("too-large", `${place}: more than ${maxValues} values`);
  const frame = state.frames.at(-1);
  if (frame === undefined) state.root = value;
  else if (frame.list !== undefined) frame.list.push(value);
  else if (Object.hasOwn(frame.object, frame.name)) throw new AdapterError("malformed", `${place}: a member is written twice`);
  else frame.object[frame.name] = value;
}

/** Reports repeat words, names and versions a hundred thousand times: each is held once. */
function interned({ texts }: State, text: string): string {
  if (text.length > LONGEST_INTERNED) return text;
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size < MOST_INTERNED) texts.set(text, text);
  return text;
}
