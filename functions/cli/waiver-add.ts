import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { activate } from "../../shared/compose/policy-file.ts";
import { parseImageRef, printImageRef } from "../../shared/domain/image-ref.ts";
import { type Instant, printInstant } from "../../shared/domain/time.ts";
import type { Policy } from "../../shared/policy/document.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import { draftWaiver } from "../../shared/policy/waivers/draft.ts";
import { printWaiver, printWaivers } from "../../shared/policy/waivers/text.ts";
import type { Waiver } from "../../shared/policy/waivers/waiver.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { EXIT } from "./exit-code.ts";
import { failure, usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";
import { keptRoots } from "./kept-roots.ts";
import { readText } from "./read-text.ts";
import { policyOf, withHistory } from "./stored.ts";
import type { Run } from "./verb.ts";
import { parseDay } from "./waiver-day.ts";
import { decisionOf } from "./waiver-decision.ts";
import { type KnownImage, knownImage } from "./waiver-image.ts";

const WHAT = "Could not add a waiver";
const READABLE = 0o644;

type Drafted = Omit<Waiver, "place">;

export const runWaiverAdd: Run = async ({ flags, words, terminal, asJson }) => {
  const ref = parseImageRef(words[0] ?? "", "image");
  const ids = flags.list("vulnerability");
  if (ids.length === 0) throw usageError(WHAT, "no finding was named", "name one: --vulnerability CVE-...");
  const { file, policy } = policyOf(flags, WHAT);
  const now = systemClock.now();
  const known = await withHistory(flags, WHAT, (history) => knownImage(history, ref, now));
  if (known === undefined)
    throw failure("not-found", WHAT, `the gate does not know ${printImageRef(ref)}`, "push it, or name it as `moorgate explain` does");
  const drafts = draft(policy, known, ids, flags, now);
  refuseUseless(policy, known, drafts, now);
  const target = join(dirname(file), "waivers.yaml");
  if (!flags.on("dryRun")) write(target, file, keptRoots(flags), drafts);
  if (asJson) terminal.printJson({ file: target, written: !flags.on("dryRun"), waivers: drafts.map(answer) });
  else if (flags.on("dryRun")) terminal.print(printWaivers(drafts).trimEnd());
  else terminal.print([`  + written  ${target}`, ...drafts.map(line)].join("\n"));
  return flags.on("dryRun") ? EXIT.violating : EXIT.fine;
};

function draft(policy: Policy, known: KnownImage, ids: readonly string[], flags: Flags, now: Instant): readonly Drafted[] {
  const decision = decisionOf(flags, WHAT);
  const until = flags.text("until");
  const second = flags.text("secondApprovedBy");
  const verdict = judge(policy, known, now);
  const wanted = verdict.reasons.filter(
    ({ concerns }) =>
      concerns?.vulnerabilities.some((id) => ids.includes(id)) === true &&
      (flags.text("package") === undefined || flags.text("package") === concerns.package),
  );
  const missing = ids.filter((id) => !wanted.some(({ concerns }) => concerns?.vulnerabilities.includes(id)));
  if (missing.length > 0)
    throw usageError(WHAT, `no rule speaks against ${missing.join(", ")} in this image`, "name findings as `moorgate explain` tells them");
  const byFinding = Map.groupBy(wanted, ({ concerns }) => JSON.stringify(concerns));
  const taken = new Set(policy.waivers.map(({ id }) => id));
  return [...byFinding.values()].flatMap(([reason]) => {
    if (reason === undefined) return [];
    const made = draftWaiver(reason, known.target, policy.waiverSettings, now, decision);
    // The finding is what is lived with, whichever rule speaks against it: a rule of another name, in the next policy, would call it back.
    const { rules: _, ...scope } = made.scope;
    return [
      {
        ...made,
        id: free(made.id, taken),
        scope,
        ...(second === undefined ? {} : { secondApprovedBy: second }),
        ...(until === undefined ? {} : { expiresAt: parseDay(until, "--until") }),
        evenIfFixed: flags.on("evenIfFixed"),
        evenIfExploited: flags.on("evenIfExploited"),
      },
    ];
  });
}

function free(id: string, taken: Set<string>): string {
  const base = id.slice(0, 58);
  let name = id;
  for (let number = 2; taken.has(name); number++) name = `${base}-${number}`;
  taken.add(name);
  return name;
}

function judge(policy: Policy, { target, evidence, threats }: KnownImage, now: Instant): ReturnType<typeof evaluate> {
  return evaluate(policy, target, evidence, now, threats);
}

const MENDS: Readonly<Record<string, string>> = {
  "fix-appeared": "update the package; or add --even-if-fixed, and say why in --reason",
  "known-exploited": "update the package; or add --even-if-exploited, and say why in --reason",
  expired: "give a later day with --until",
  "second-approval-missing": "add --second-approved-by",
};

/** Whoever reads a waiver believes that it counts. */
function refuseUseless(policy: Policy, known: KnownImage, drafts: readonly Drafted[], now: Instant): void {
  const added = drafts.map((each) => ({ ...each, place: "waivers.yaml" }));
  const verdict = judge({ ...policy, waivers: [...policy.waivers, ...added] }, known, now);
  for (const { id } of drafts) {
    const fault = verdict.voidWaivers?.find((each) => each.id === id);
    if (fault !== undefined)
      throw usageError(WHAT, `it would not count: ${fault.why}`, MENDS[fault.code] ?? "mend the finding, or decide anew");
  }
}

/** Puts the waivers at the end of the file. A file that the policy would refuse is put back as it was. */
function write(target: string, policyFile: string, keptIn: string, drafts: readonly Drafted[]): void {
  const before = existsSync(target) ? readFileSync(target, "utf8") : undefined;
  replace(target, before === undefined ? printWaivers(drafts) : appended(before, drafts));
  try {
    activate(readText(policyFile, "policy"), policyFile, keptIn);
  } catch (error) {
    if (before === undefined) rmSync(target);
    else replace(target, before);
    throw error;
  }
}

function appended(before: string, drafts: readonly Drafted[]): string {
  const start = before
    .replace(/^waivers: *\[\] *$/m, "waivers:")
    .replace(/^ {2}\[\] *\n/m, "")
    .trimEnd();
  return `${start}\n${drafts.map(printWaiver).join("")}`;
}

function replace(file: string, text: string): void {
  const draftFile = `${file}.${process.pid}.draft`;
  writeFileSync(draftFile, text, { mode: READABLE });
  renameSync(draftFile, file);
}

function answer({ createdAt, expiresAt, ...waiver }: Drafted): object {
  return { ...waiver, createdAt: printInstant(createdAt), expiresAt: printInstant(expiresAt) };
}

function line({ id, scope, expiresAt }: Drafted): string {
  const what = [...(scope.vulnerabilities ?? []), ...(scope.package?.name ?? [])].join(" in ");
  return `    ${id}: ${what}, until ${printInstant(expiresAt).slice(0, 10)}`;
}
