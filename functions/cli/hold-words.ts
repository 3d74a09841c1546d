import type * as z from "zod";
import type { EmergencyListView, EmergencyReportView } from "../../shared/web/api/schema-emergency.ts";
import { columns } from "./columns.ts";
import type { Flags } from "./flags.ts";
import { sameGate } from "./gate.ts";

export type ListJson = z.output<typeof EmergencyListView>;
export type ReportJson = z.output<typeof EmergencyReportView>;
type ImageJson = ListJson["images"][number];

/** More lines of one kind than this nobody reads; --json has all of them. */
const SHOWN = 100;
/** No line is cut: where an image runs may be the last word of it. */
const WHOLE = Number.MAX_SAFE_INTEGER;

const HEADINGS: Readonly<Record<ImageJson["disposition"], string>> = {
  hold: "TO BE HELD",
  "in-use": "IN USE, not held (--in-use holds them too)",
  "use-unknown": "NOBODY KNOWS WHETHER IT RUNS, not held (--in-use holds them too)",
  perhaps: "PERHAPS, not held: the version cannot be compared",
  held: "HELD ALREADY",
  "not-watched": "NOT WATCHED, cannot be held",
};
const ORDER = ["in-use", "use-unknown", "hold", "perhaps", "held", "not-watched"] as const;

export function toHold({ images }: ListJson): number {
  return images.filter(({ disposition }) => disposition === "hold").length;
}

/** Read before anything is held: what is concerned, what becomes of it, and what nobody knows. */
export function listWords(list: ListJson): string {
  const { query, images, unsure, clear, alsoKnownAs, stopsAfter } = list;
  const names = alsoKnownAs.length === 0 ? "" : ` (also ${alsoKnownAs.join(", ")})`;
  const count = toHold(list);
  const parts = [
    `${counted(images.length, "image is", "images are")} concerned, ${count} to be held`,
    `${clear} not concerned`,
    `${unsure.length} not known`,
  ];
  return [
    `  PLAN       hold ${query}${names}: ${parts.join("; ")}`,
    ...ORDER.flatMap((disposition) => groupWords(disposition, images)),
    ...unsureWords(unsure),
    ...(stopsAfter !== undefined && count > stopsAfter ? [`  Brake      stops after ${stopsAfter} holds and asks`] : []),
    ...(images.length === 0 ? [] : ruleWords(list.rule)),
  ].join("\n");
}

function groupWords(disposition: ImageJson["disposition"], images: readonly ImageJson[]): readonly string[] {
  const group = images.filter((image) => image.disposition === disposition);
  if (group.length === 0) return [];
  const rows = group.slice(0, SHOWN).map(rowOf);
  return [`  ${HEADINGS[disposition]}: ${group.length}`, ...columns(rows, WHOLE).map((line) => `    ${line}`), ...more(group.length)];
}

function rowOf({ image, tags, verdict, use, useWords, pushedBy, facts, releasedBy }: ImageJson): readonly string[] {
  const told = facts.map(({ what, by }) => `${what} (${by})`)[0] ?? "";
  const others = facts.length > 1 ? ` and ${facts.length - 1} more` : "";
  const released = releasedBy === undefined ? "" : `; released by ${releasedBy.name}: ${releasedBy.reason}`;
  const used = use === "not-running" ? "runs nowhere" : useWords;
  return [nameOf(image, tags), verdict, pushedBy === undefined ? "-" : `by ${pushedBy}`, `${told}${others}`, `${used}${released}`];
}

/** By its first tag where it has one: `registry/shop/api:1.0`, else with the first digits of the digest. */
function nameOf(image: string, tags: readonly string[]): string {
  const [place = "", digest = ""] = image.split("@");
  const short = digest.slice(digest.indexOf(":") + 1, digest.indexOf(":") + 13);
  const [tag] = tags;
  return tag === undefined ? `${place}@${short}` : `${place}:${tag} (${short})`;
}

function unsureWords(unsure: ListJson["unsure"]): readonly string[] {
  const kinds = { "not-known": "NOT KNOWN, may be concerned", old: "BY OLD WORD not concerned" } as const;
  return (["not-known", "old"] as const).flatMap((kind) => {
    const group = unsure.filter((image) => image.kind === kind);
    if (group.length === 0) return [];
    const rows = group.slice(0, SHOWN).map(({ image, tags, why }) => [nameOf(image, tags), why]);
    return [`  ${kinds[kind]}: ${group.length}`, ...columns(rows, WHOLE).map((line) => `    ${line}`), ...more(group.length)];
  });
}

function more(count: number): readonly string[] {
  return count > SHOWN ? [`    and ${count - SHOWN} more; --json lists all`] : [];
}

function ruleWords(rule: string): readonly string[] {
  return ["  To keep it out from now on, under rules: in policy.yaml", ...rule.split("\n").map((line) => `    ${line}`)];
}

/** What became of it. */
export function reportWords(report: ReportJson, rule: string, flags: Flags): string {
  const { run, query, counts, toHold: wanted, leftAtStart, notKnown, progress, undo } = report;
  const left = Object.values(leftAtStart).reduce((sum, each) => sum + each, 0) + counts.left + counts.gone;
  const open = progress.filter(({ kind }) => kind !== "held" && kind !== "waiting" && kind !== "under-way");
  const words = open.slice(0, SHOWN).map(({ image, kind, why }) => `    ${kind}  ${image}${why === undefined ? "" : `: ${why}`}`);
  const decide = `moorgate brake approve ${run} --reason "..."${sameGate(flags)}`;
  return [
    `  HELD       ${counts.held} of ${wanted} for ${query}  (${run})`,
    ...(counts.waiting === 0 ? [] : [`  WAIT       ${counts.waiting}: the brake stopped the run; go on with ${decide}`]),
    `  LEFT       ${left}: in use, held before, or not certain`,
    `  FAILED     ${counts.failed}`,
    `  NOT KNOWN  ${notKnown}`,
    ...words,
    ...more(open.length),
    `  Undo       ${undo} --reason "..."${sameGate(flags)}`,
    ...ruleWords(rule),
  ].join("\n");
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
