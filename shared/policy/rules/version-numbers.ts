import { Range, SemVer } from "semver";

type Order = "yes" | "no" | "open";
type Comparator = Range["set"][number][number];

/** Whether a version is in a range by the numbers that it begins with; `open` where what follows them decides. */
export function matchNumbers(range: string, version: string): Order {
  const [, leading, rest = ""] = /^v?(\d{1,9}(?:\.\d{1,9})*)(.*)$/s.exec(version) ?? [];
  // An epoch comes before all numbers (PyPI).
  if (leading === undefined || rest.startsWith("!")) return "open";
  const numbers = leading.split(".").map(Number);
  const sets = new Range(range, { includePrerelease: true }).set.map((set) => allOf(set.map((one) => compared(one, numbers, rest !== ""))));
  if (sets.includes("yes")) return "yes";
  return sets.includes("open") ? "open" : "no";
}

function allOf(orders: readonly Order[]): Order {
  if (orders.includes("no")) return "no";
  return orders.includes("open") ? "open" : "yes";
}

const HOLDS: Readonly<Record<string, (sign: number) => boolean>> = {
  "<": (sign) => sign < 0,
  "<=": (sign) => sign <= 0,
  ">": (sign) => sign > 0,
  ">=": (sign) => sign >= 0,
  "": (sign) => sign === 0,
};

function compared({ operator, semver }: Comparator, numbers: readonly number[], isQualified: boolean): Order {
  // The comparator of `*` has no version.
  if (!(semver instanceof SemVer)) return "yes";
  const { place, sign } = differenceOf(numbers, [semver.major, semver.minor, semver.patch]);
  if (isQualified && (place < 0 || place >= numbers.length)) return "open";
  if (place < 0 && !isBare(semver)) return "open";
  return HOLDS[operator]?.(sign) === true ? "yes" : "no";
}

/** semver writes <2.15 as <2.15.0-0, which is the number itself. */
function isBare({ prerelease }: SemVer): boolean {
  return prerelease.length === 0 || prerelease.join(".") === "0";
}

/** The first place at which the numbers differ (-1: nowhere), and in which direction. A number that is not there is 0. */
function differenceOf(numbers: readonly number[], limit: readonly number[]): { readonly place: number; readonly sign: number } {
  const length = Math.max(numbers.length, limit.length);
  const by = Array.from({ length }, (_, place) => (numbers[place] ?? 0) - (limit[place] ?? 0));
  const place = by.findIndex((each) => each !== 0);
  return { place, sign: Math.sign(by[place] ?? 0) };
}
