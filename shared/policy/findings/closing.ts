import type { ImageSubject } from "../../domain/evidence.ts";
import type { Finding } from "../../domain/finding.ts";
import type { ThreatFacts } from "../../domain/threat.ts";
import type { Closure } from "../../domain/verdict.ts";
import type { VexStatement } from "../../domain/vex.ts";
import type { FindingSettings } from "./settings.ts";
import { closingStatement, isTrustedAuthor } from "./vex.ts";

export type Grounds = Pick<Closure, "kind" | "by" | "why" | "place">;

/** What may take findings away, sorted by whether the policy trusts it. */
export interface Closers {
  readonly subject: ImageSubject;
  readonly trusted: readonly VexStatement[];
  readonly untrusted: readonly VexStatement[];
  readonly suppressions: readonly string[];
  readonly withdrawn: ThreatFacts["withdrawn"];
}

export function closersOf(
  subject: ImageSubject,
  statements: readonly VexStatement[],
  { trustVex, trustSuppressions }: FindingSettings,
  { withdrawn }: ThreatFacts,
): Closers {
  const ordered = statements.toSorted(byTime);
  const [trusted, untrusted] = [true, false].map((wanted) => ordered.filter((each) => isTrustedAuthor(each, trustVex) === wanted));
  return { subject, trusted: trusted ?? [], untrusted: untrusted ?? [], suppressions: trustSuppressions, withdrawn };
}

/** Newest first; ties always the same way, so that it does not matter who was read first. */
function byTime(a: VexStatement, b: VexStatement): number {
  const time = ({ saidAt }: VexStatement) => (saidAt === "unknown" ? 0 : saidAt);
  const text = ({ author, status, place, justification }: VexStatement) => [author, status, place, justification ?? ""].join("\n");
  return time(b) - time(a) || (text(a) < text(b) ? -1 : 1);
}

/** Why a finding does not count; `undefined` where it does. */
export function groundsFor(finding: Finding, { subject, trusted, suppressions, withdrawn }: Closers): Grounds | undefined {
  const { status } = finding;
  if (status !== undefined && status.kind !== "under-investigation" && suppressions.includes(status.by)) return ofStatus(status);
  if (isWithdrawn(finding, withdrawn)) return { kind: "withdrawn", by: "feed of withdrawn ids" };
  const statement = trusted.length === 0 ? undefined : closingStatement(finding, subject, trusted);
  return statement === undefined ? undefined : ofStatement(statement);
}

/** Statements that would take a finding away if the policy trusted them. */
export function untrustedGrounds(finding: Finding, { subject, untrusted }: Closers): readonly Grounds[] {
  const { status } = finding;
  const statement = untrusted.length === 0 ? undefined : closingStatement(finding, subject, untrusted);
  return [
    ...(status === undefined || status.kind === "under-investigation" ? [] : [ofStatus(status)]),
    ...(statement === undefined ? [] : [ofStatement(statement)]),
  ];
}

/** Aliases may be wrong: a rejected id must not take a real one along, so every CVE id of the finding, its own first of all, has to be withdrawn. */
function isWithdrawn({ id, aliases }: Finding, feed: Closers["withdrawn"]): boolean {
  if (feed.kind !== "read" || !feed.entries.has(id)) return false;
  return aliases.every((alias) => !alias.startsWith("CVE-") || feed.entries.has(alias));
}

const KINDS = { suppressed: "suppressed", "not-affected": "not-affected", "vex-fixed": "fixed", withdrawn: "withdrawn" } as const;

function ofStatus({ kind, by, why }: NonNullable<Finding["status"]>): Grounds {
  return { kind: kind === "under-investigation" ? "suppressed" : KINDS[kind], by, ...(why === undefined ? {} : { why }) };
}

function ofStatement({ status, author, signedBy = [], justification, place }: VexStatement): Grounds {
  const names = [...new Set(signedBy.flatMap((voucher) => voucher.names))].sort();
  const by = names.length === 0 ? author : `${author}, signed by ${names.join(", ")}`;
  return { kind: status === "fixed" ? "fixed" : "not-affected", by, place, ...(justification === undefined ? {} : { why: justification }) };
}
