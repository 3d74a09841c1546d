/** Names of what differs between two documents: `header.x5c.0`. Null stands for absent, and a number for the text of the same number. */
function differences(one: unknown, other: unknown, place = ""): readonly string[] {
  if (isSameValue(one, other)) return [];
  if (!isHolder(one) || !isHolder(other) || Array.isArray(one) !== Array.isArray(other)) return [place];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].flatMap((name) => differences(own(one, name), own(other, name), place === "" ? name : `${place}.${name}`));
}

type Holder = Readonly<Record<string, unknown>>;

function isHolder(value: unknown): value is Holder {
  return typeof value === "object" && value !== null;
}

function own(holder: Holder, name: string): unknown {
  return Object.hasOwn(holder, name) ? holder[name] : undefined;
}

function isSameValue(one: unknown, other: unknown): boolean {
  if ((one ?? undefined) === (other ?? undefined)) return true;
  if (isHolder(one) || isHolder(other)) return false;
  const [first, second] = [numberIn(one), numberIn(other)];
  return first !== undefined && first === second;
}

function numberIn(value: unknown): bigint | undefined {
  const text = String(value);
  return /^-?\d{1,30}$/.test(text) ? BigInt(text) : undefined;
}

/** What may differ without another meaning: places, and why. Everything else that differs in what was accepted is a defect. */
export type Free = readonly (readonly [RegExp, string])[];

/** A valid document that counts, and the judgement about it. */
export interface Good {
  readonly document: unknown;
  readonly judgement: unknown;
}

// shared/runtime/json.ts: it means nothing to anybody, and becomes a prototype when somebody copies it.
const LEFT_OUT: Free = [[/(^|\.)__proto__($|\.)/, "a member called __proto__, which every reader here leaves out"]];

/**
 * Why an accepted document says the same as a valid one: `spelling` where only the form of the text differs, or what of the list differs.
 * @returns undefined where it says something that nobody signed
 */
export function explain(document: unknown, judgement: unknown, goods: readonly Good[], free: Free): string | undefined {
  for (const good of goods) {
    if (JSON.stringify(judgement) !== JSON.stringify(good.judgement)) continue;
    const places = differences(document, good.document);
    const reasons = places.map((place) => [...free, ...LEFT_OUT].find(([pattern]) => pattern.test(place))?.[1]);
    if (reasons.every((reason) => reason !== undefined)) return places.length === 0 ? "spelling" : [...new Set(reasons)].sort().join(" + ");
  }
  return undefined;
}

/** What an accepted document has otherwise than the good one that is nearest to it: for the report of a defect. */
export function describe(document: unknown, goods: readonly Good[]): string {
  const [fewest] = goods.map((good) => differences(document, good.document)).sort((one, other) => one.length - other.length);
  return `accepted with another ${fewest?.slice(0, 5).join(", ") ?? "content"}`;
}
