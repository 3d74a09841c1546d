import { shortDigest } from "../../domain/digest.ts";
import type { ImageRecord } from "../../domain/image-record.ts";
import { LOSS_WORDS, signersOf } from "../../domain/signed.ts";
import { between, type Instant, printDuration, printMinute } from "../../domain/time.ts";
import type { Closure, Verdict, VoidWaiver, WaivedReason } from "../../domain/verdict.ts";

/** Something that is shown and changes no verdict: what was waived, what does not count and who says so. */
export interface ExplainedNote {
  readonly symbol: string;
  /** The symbol's word, for those who do not see it. */
  readonly word: string;
  readonly message: string;
  /** `waivers.yaml:7`, or where the statement lies. */
  readonly place?: string;
}

type Names = Readonly<Record<string, string>>;

export function notesOf(
  { waived, voidWaivers, notAsked, closed, disputed }: Verdict,
  names: Names,
  now: Instant,
): readonly ExplainedNote[] {
  return [
    ...(waived ?? []).map((reason) => waivedNote(reason, names, now)),
    ...[...Map.groupBy(voidWaivers ?? [], ({ id, code, why }) => `${id} ${code} ${why}`).values()].flatMap(voidNote),
    ...(notAsked ?? []).map(({ ruleId, why, place }) => ({ symbol: "-", word: "not asked", message: `${ruleId}: ${why}`, place })),
    ...(closed ?? []).map((closure) => closureNote(closure, names, "not counted")),
    ...(disputed ?? []).map((closure) => closureNote(closure, names, "not applied")),
  ];
}

/** That it was signed once, whether or not a rule asks for it. */
export function lossNotes({ signed }: Pick<ImageRecord, "signed">, now: Instant): readonly ExplainedNote[] {
  if (signed?.loss === undefined) return [];
  const { cause, actor, at } = signed.loss;
  const by = actor === undefined ? "" : ` (by ${actor})`;
  const message = `it was signed by ${signersOf(signed.signatures).join(", ")}; ${LOSS_WORDS[cause]}${by}, noticed ${printDuration(between(at, now))} ago`;
  return [{ symbol: "!", word: "not signed any more", message, place: signed.signatures[0]?.place ?? "" }];
}

function waivedNote({ ruleId, concerns, message, child, waiver }: WaivedReason, names: Names, now: Instant): ExplainedNote {
  const { owner, reason, ticket, endsAt, isEnding, place } = waiver;
  const what =
    concerns === undefined ? message : `${concerns.vulnerabilities[0] ?? message} in ${[concerns.package, ...concerns.versions].join(" ")}`;
  const until = `until ${printMinute(endsAt)}${isEnding ? `, in ${printDuration(between(now, endsAt))}` : ""}`;
  const about = child === undefined ? "" : `${nameOf(child, names)}: `;
  return {
    symbol: isEnding ? "!" : "~",
    word: isEnding ? "waived, ending" : "waived",
    message: `${about}${ruleId}, ${what}: "${reason}" (${[owner, ticket, until].filter((text) => text !== undefined).join(", ")})`,
    place,
  };
}

function voidNote(same: readonly VoidWaiver[]): readonly ExplainedNote[] {
  const [first] = same;
  if (first === undefined) return [];
  const others = same.length === 1 ? "" : `, for ${same.length} reasons`;
  return [{ symbol: "!", word: "waiver is void", message: `${first.id} would apply${others}, but ${first.why}`, place: first.place }];
}

const KINDS: Readonly<Record<Closure["kind"], string>> = {
  "not-affected": "not affected",
  fixed: "fixed",
  suppressed: "suppressed",
  withdrawn: "withdrawn",
};

function closureNote(
  { id, package: name, kind, by, why, place, child }: Closure,
  names: Names,
  word: "not counted" | "not applied",
): ExplainedNote {
  const about = child === undefined ? "" : `${nameOf(child, names)}: `;
  const because = why === undefined ? "" : ` (${why})`;
  const untrusted = word === "not applied" ? "; the policy does not trust it with that" : "";
  return {
    symbol: "-",
    word,
    message: `${about}${id} in ${name}: ${KINDS[kind]}, says ${by}${because}${untrusted}`,
    ...(place === undefined ? {} : { place }),
  };
}

function nameOf(child: NonNullable<Closure["child"]>, names: Names): string {
  return (Object.hasOwn(names, child) ? names[child] : undefined) ?? shortDigest(child);
}
