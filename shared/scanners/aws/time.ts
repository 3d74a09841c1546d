import type { Instant } from "../../domain/time.ts";
import { readMoment, readTime } from "../../runtime/lenient.ts";

const MONTHS: readonly string[] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
// `Dec 3, 2021, 6:02:30 PM`, as Java prints it: before version 9 without the second comma, since 20 with a narrow space before PM.
const PRINTED = /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2}:\d{2})\s([AP])M$/;
// `Wed Sep 04 16:55:38.411 UTC 2024`
const JAVA = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?) UTC (\d{4})$/;

/** Times of the APIs (ISO text, seconds or milliseconds) and of Inspector2's events, which print them in UTC for people. */
export function readAwsTime(given: string | number | null | undefined): Instant | undefined {
  const read = readMoment(given);
  if (read !== undefined || typeof given !== "string") return read;
  const java = JAVA.exec(given);
  if (java !== null) return readTime(`${java[4]}-${month(java[1])}-${java[2]}T${java[3]}Z`);
  const [, name, day = "", year, hour, rest, half] = PRINTED.exec(given) ?? [];
  const hours = (Number(hour) % 12) + (half === "P" ? 12 : 0);
  return readTime(`${year}-${month(name)}-${day.padStart(2, "0")}T${String(hours).padStart(2, "0")}:${rest}Z`);
}

function month(name: string | undefined): string {
  return String(MONTHS.indexOf(name ?? "") + 1).padStart(2, "0");
}
