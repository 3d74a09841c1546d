import type { Concerned, EmergencyFact, EmergencyQuery } from "../../domain/emergency.ts";
import { type ImageEvidence, reportsIn } from "../../domain/evidence.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import type { Instant } from "../../domain/time.ts";
import { builtOn, type KnownBase } from "./built-on.ts";
import { packageFacts, patternsOf, printPackage, scanOf } from "./package.ts";

/** What stored evidence is asked. A digest is no question to it: the ledger knows the digests. */
export type Question =
  /** `names`: all under which the vulnerability goes. */
  | { readonly kind: "vulnerability"; readonly names: readonly string[] }
  | Extract<EmergencyQuery, { readonly kind: "package" }>
  | { readonly kind: "base"; readonly query: Extract<EmergencyQuery, { readonly kind: "base" }>; readonly known: KnownBase };

const MOST_FACTS = 10;

/** What the evidence of one image says; an index is concerned by any of its platforms, and clear only where all of them are. */
export function concernedBy(question: Question, image: ImageKey, evidence: ImageEvidence): Concerned {
  const parts = partsOf(evidence);
  const answers = parts.map(({ part }) => ({ part, answer: answerOf(question, image, part) }));
  const whole = evidence.children.length > 0 ? [...answers, { part: evidence, answer: answerOf(question, image, evidence) }] : answers;
  const factsOf = (kind: "yes" | "perhaps"): readonly EmergencyFact[] =>
    whole.flatMap(({ part, answer }) => {
      if (answer.kind !== kind) return [];
      return part === evidence ? answer.facts : answer.facts.map((fact) => ({ ...fact, child: part.subject.digest }));
    });
  for (const kind of ["yes", "perhaps"] as const) {
    const facts = factsOf(kind);
    if (facts.length > 0) return { kind, facts: distinct(facts).slice(0, MOST_FACTS) };
  }
  return answers.map(({ answer }) => answer).reduce(worse);
}

function partsOf(evidence: ImageEvidence): readonly { readonly part: ImageEvidence }[] {
  return evidence.children.length === 0 ? [{ part: evidence }] : evidence.children.flatMap(partsOf);
}

function distinct(facts: readonly EmergencyFact[]): readonly EmergencyFact[] {
  return [...new Map(facts.map((fact) => [`${fact.what} ${fact.child ?? ""}`, fact])).values()];
}

/** What is not known of one platform is not known of the whole; of two that are clear, the older word counts. */
function worse(a: Concerned, b: Concerned): Concerned {
  if (a.kind !== "clear") return a;
  if (b.kind !== "clear") return b;
  return b.at === "unknown" || (a.at !== "unknown" && b.at < a.at) ? b : a;
}

function answerOf(question: Question, image: ImageKey, evidence: ImageEvidence): Concerned {
  switch (question.kind) {
    case "vulnerability":
      return hasVulnerability(new Set(question.names), evidence);
    case "package":
      return hasPackage(question, evidence);
    case "base":
      return builtOn(question.query, question.known, image, evidence);
  }
}

function hasVulnerability(names: ReadonlySet<string>, { findings }: ImageEvidence): Concerned {
  const facts = reportsIn(findings).flatMap((report) =>
    report.findings
      .filter(({ id, aliases }) => names.has(id) || aliases.some((alias) => names.has(alias)))
      .map(({ id, package: found, status }): EmergencyFact => {
        const said = status === undefined ? "" : `, ${status.kind} by ${status.by}`;
        return { what: `${id} in ${printPackage(found)}${said}`, ...scanOf(report) };
      }),
  );
  if (facts.length > 0) return { kind: "yes", facts };
  if (findings.kind === "reported") return { kind: "clear", at: newest(findings.reports.map(({ scannedAt }) => scannedAt)) };
  const why = findings.why === undefined ? "" : `: ${findings.why}`;
  return { kind: "not-known", why: findings.kind === "absent" ? `there is no scan of it${why}` : `its scan is ${findings.kind}${why}` };
}

function hasPackage(query: Extract<Question, { readonly kind: "package" }>, evidence: ImageEvidence): Concerned {
  const { yes, open } = packageFacts(evidence, patternsOf(query));
  if (yes.length > 0) return { kind: "yes", facts: yes };
  if (open.length > 0) return { kind: "perhaps", facts: open };
  const { inventory } = evidence;
  switch (inventory.kind) {
    case "reported":
      return { kind: "clear", at: newest(inventory.inventories.map(({ madeAt }) => madeAt)) };
    case "absent":
      return { kind: "not-known", why: "there is no SBOM of it" };
    default:
      return { kind: "not-known", why: `its SBOM is ${inventory.kind === "failed" ? "unreadable" : "unavailable"}: ${inventory.why}` };
  }
}

function newest(times: readonly (Instant | "unknown")[]): Instant | "unknown" {
  return times.reduce((last, time) => (last === "unknown" || (time !== "unknown" && time > last) ? time : last), "unknown");
}
