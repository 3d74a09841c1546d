import { type Input, isRecord } from "../input.ts";
import { AwsRefusal } from "../refusal.ts";

/** What a filter key of the vendor looks at. */
export type Subject = readonly string[] | readonly number[];

/**
 * Whether what is looked at fits all keys of a filter; the entries of one key are alternatives, but for those that exclude.
 * @throws AwsRefusal ValidationException for a key that is not built here: silence would look like a filter that chose all
 */
export function fitsFilter(criteria: Input, subjectOf: Readonly<Record<string, () => Subject>>): boolean {
  return Object.entries(criteria).every(([key, entries]) => {
    const subject = subjectOf[key]?.();
    if (subject === undefined || !Array.isArray(entries) || entries.length < 1 || entries.length > 10) {
      throw new AwsRefusal("ValidationException", `The filter '${key}' is not valid`, { members: { reason: "FIELD_VALIDATION_FAILED" } });
    }
    const all = entries.filter(isRecord);
    const excluding = all.filter((entry) => entry["comparison"] === "NOT_EQUALS");
    const choosing = all.filter((entry) => entry["comparison"] !== "NOT_EQUALS");
    const isChosen = choosing.length === 0 || choosing.some((entry) => subject.some((one) => fits(entry, one)));
    return isChosen && excluding.every((entry) => !subject.some((one) => one === entry["value"]));
  });
}

function fits(entry: Input, one: string | number): boolean {
  if (typeof one === "string") return entry["comparison"] === "PREFIX" ? one.startsWith(String(entry["value"])) : one === entry["value"];
  const [low, high] = [entry["lowerInclusive"] ?? entry["startInclusive"], entry["upperInclusive"] ?? entry["endInclusive"]];
  return (low === undefined || one >= Number(low)) && (high === undefined || one <= Number(high));
}
