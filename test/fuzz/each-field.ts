/** A document with one thing changed, and in words what it was. */
export interface Changed {
  readonly what: string;
  readonly bytes: Buffer;
}

type Path = readonly string[];

const VALUES: readonly (readonly [string, unknown])[] = [
  ["removed", undefined],
  ["null", null],
  ["empty", ""],
  ["a number", 7],
  ["an object", {}],
  ["a list", []],
  ["true", true],
];

/**
 * Every member of a JSON document changed in every simple way: taken away, of each other type, one letter longer or shorter, with one byte of what
 * it stands for flipped, twice, under another case, and as another document has it.
 */
export function changesOfEach(document: Buffer, others: readonly Buffer[]): readonly Changed[] {
  const root: unknown = JSON.parse(document.toString());
  const strangers = others.map((other): unknown => JSON.parse(other.toString()));
  return pathsIn(root).flatMap((path) => {
    const value = at(root, path);
    const values = [
      ...VALUES,
      ...(typeof value === "string" ? textsLike(value) : []),
      ...strangers.map((other) => ["as in another", at(other, path)] as const),
    ];
    const place = path.join(".");
    const replaced = values.map(([what, put]) => ({ what: `${place}: ${what}`, bytes: print(replace(root, path, put)) }));
    return [...replaced, ...spellingsOf(root, path).map(([what, bytes]) => ({ what: `${place}: ${what}`, bytes }))];
  });
}

function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return path.length === 0 ? [] : [path];
  const inside = Object.entries(value).flatMap(([name, member]) => pathsIn(member, [...path, name]));
  return path.length === 0 ? inside : [path, ...inside];
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((from, name) => (typeof from === "object" && from !== null ? Reflect.get(from, name) : undefined), value);
}

function replace(value: unknown, [name, ...rest]: Path, put: unknown): unknown {
  if (name === undefined) return put;
  if (Array.isArray(value)) return value.map((item: unknown, index) => (`${index}` === name ? replace(item, rest, put) : item));
  return Object.fromEntries(Object.entries(value ?? {}).map(([key, member]) => [key, key === name ? replace(member, rest, put) : member]));
}

function textsLike(text: string): readonly (readonly [string, unknown])[] {
  const flipped = (["base64", "base64url"] as const).flatMap((encoding) => {
    const bytes = Buffer.from(text, encoding);
    if (text.length < 8 || bytes.toString(encoding) !== text) return [];
    return [0, bytes.length >> 1, bytes.length - 1].map((place) => {
      const changed = Buffer.from(bytes);
      changed[place] = (changed[place] ?? 0) ^ 1;
      return [`bit of byte ${place}`, changed.toString(encoding)] as const;
    });
  });
  return [["longer", `${text}A`], ["shorter", text.slice(0, -1)], ["in capitals", text.toUpperCase()], ["in a list", [text]], ...flipped];
}

/** The member twice, and under a name of another case. */
function spellingsOf(root: unknown, path: Path): readonly (readonly [string, Buffer])[] {
  const name = path.at(-1) ?? "";
  if (/^\d+$/.test(name)) return [];
  const mark = "\u0001here\u0001";
  const marked = print(replace(root, path, mark)).toString();
  const own = JSON.stringify(at(root, path));
  const twice = (first: string, second: string): Buffer =>
    Buffer.from(marked.replace(JSON.stringify(mark), () => `${first},${JSON.stringify(name)}:${second}`));
  const holder = at(root, path.slice(0, -1)) as object;
  const renamed = Object.fromEntries(Object.entries(holder).map(([key, member]) => [key === name ? key.toUpperCase() : key, member]));
  return [
    ["twice, the second one null", twice(own, "null")],
    ["twice, the first one null", twice("null", own)],
    ["under a name in capitals", print(path.length === 1 ? renamed : replace(root, path.slice(0, -1), renamed))],
  ];
}

function print(document: unknown): Buffer {
  return Buffer.from(JSON.stringify(document));
}
