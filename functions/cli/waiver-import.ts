import { basename } from "node:path";
import { ParseError } from "../../shared/domain/parse-error.ts";
import { SEVERITIES } from "../../shared/domain/severity.ts";
import { type Instant, instant, printInstant } from "../../shared/domain/time.ts";
import { decide, type ImportDecision, type Imported } from "../../shared/policy/waivers/import.ts";
import { readGrypeIgnore } from "../../shared/policy/waivers/import-grype.ts";
import { readOpenVexAsDrafts } from "../../shared/policy/waivers/import-openvex.ts";
import { readTrivyIgnore, readTrivyIgnoreYaml } from "../../shared/policy/waivers/import-trivy.ts";
import { printWaivers } from "../../shared/policy/waivers/text.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { EXIT } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";
import { readText } from "./read-text.ts";
import type { Run } from "./verb.ts";
import { parseDay } from "./waiver-day.ts";
import { whoOf } from "./waiver-decision.ts";

const WHAT = "Could not import waivers";
const DAY_MS = 86_400_000;

const FORMATS = {
  trivy: readTrivyIgnore,
  "trivy-yaml": readTrivyIgnoreYaml,
  grype: readGrypeIgnore,
  openvex: readOpenVexAsDrafts,
} as const satisfies Readonly<Record<string, (text: string, file: string) => Imported>>;

export const runWaiverImport: Run = async ({ flags, words, terminal, asJson }) => {
  const file = words[0] ?? "";
  const read = FORMATS[formatOf(flags.text("format") ?? guess(file))];
  const decision = decisionFor(flags, systemClock.now());
  const { waivers, leftOut } = decide(read(readText(file, "list"), file), decision);
  if (asJson) terminal.printJson({ waivers: waivers.map(answer), leftOut });
  else {
    terminal.print(printWaivers(waivers).trimEnd());
    for (const { from, why } of leftOut) terminal.tell(`  ! left out   ${from}: ${why}`);
  }
  return leftOut.length === 0 ? EXIT.fine : EXIT.violating;
};

function formatOf(name: string): keyof typeof FORMATS {
  const known = Object.keys(FORMATS);
  if (name === "trivy" || name === "trivy-yaml" || name === "grype" || name === "openvex") return name;
  throw usageError(WHAT, `the format ${JSON.stringify(name)} is not known`, `write --format ${known.join("|")}`);
}

/** By the names that the tools look for. */
function guess(file: string): string {
  const name = basename(file);
  if (/^\.?trivyignore\.ya?ml$/.test(name)) return "trivy-yaml";
  if (/^\.?trivyignore$/.test(name)) return "trivy";
  if (/^\.?grype\.ya?ml$/.test(name)) return "grype";
  if (name.endsWith(".json")) return "openvex";
  throw usageError(WHAT, `${name} does not tell what it is`, `add --format ${Object.keys(FORMATS).join("|")}`);
}

function decisionFor(flags: Flags, now: Instant): ImportDecision {
  const [until, reason, word = "high"] = [flags.text("until"), flags.text("reason"), flags.text("severity")];
  const severity = SEVERITIES.find((each) => each === word);
  if (severity === undefined)
    throw new ParseError("--severity", `${JSON.stringify(word)} is no severity`, `write ${SEVERITIES.join(", ")}`);
  return {
    ...whoOf(flags, WHAT),
    severity,
    createdAt: instant(now - (now % DAY_MS)),
    ...(until === undefined ? {} : { expiresAt: parseDay(until, "--until") }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function answer({ createdAt, expiresAt, ...waiver }: ReturnType<typeof decide>["waivers"][number]): object {
  return { ...waiver, createdAt: printInstant(createdAt), expiresAt: printInstant(expiresAt) };
}
