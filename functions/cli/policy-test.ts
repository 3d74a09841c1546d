import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ParseError } from "../../shared/domain/parse-error.ts";
import { PolicyError } from "../../shared/policy/policy-error.ts";
import { parsePolicyTests } from "../../shared/policy/testing/document.ts";
import { runPolicyTest, type TestResult } from "../../shared/policy/testing/run.ts";
import { EXIT } from "./exit-code.ts";
import { keptRoots } from "./kept-roots.ts";
import { readPolicy } from "./policy-problems.ts";
import { readText } from "./read-text.ts";
import type { Run } from "./verb.ts";

const ENDING = /[-.]tests?\.ya?ml$/;

interface TestedFile {
  readonly file: string;
  readonly results: readonly TestResult[];
}

/** Judges the images of test files. A file or policy that cannot be read ends the run: half of the tests prove nothing. */
export const runPolicyTests: Run = async ({ words, flags, terminal, asJson }) => {
  const files = words.flatMap(testFiles).map((file) => runFile(file, keptRoots(flags)));
  const results = files.flatMap(({ results: each }) => each);
  const failed = results.filter(({ differences }) => differences.length > 0).length;
  if (asJson) terminal.printJson({ passed: results.length - failed, failed, files });
  else terminal.print([...files.flatMap(lines), "", `  ${results.length - failed} passed, ${failed} failed`].join("\n"));
  return failed === 0 ? EXIT.fine : EXIT.violating;
};

/** A file as it is; of a folder everything in it that is named as a test. */
function testFiles(path: string): readonly string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new ParseError(path, "there is no such file or folder", "name a test file, or a folder with *-test.yaml files");
  if (!stat.isDirectory()) return [path];
  const found = readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => ENDING.test(name));
  // A run over nothing would pass for ever.
  if (found.length === 0) throw new ParseError(path, "no test file is in this folder", "name test files *-test.yaml");
  return found.sort().map((name) => join(path, name));
}

function runFile(file: string, keptIn: string): TestedFile {
  const { policy: policyFile, tests } = parsePolicyTests(readText(file, "test file"), file);
  const read = readPolicy(resolve(dirname(file), policyFile), keptIn);
  if (read.kind === "refused") throw new PolicyError(read.problems);
  return { file, results: tests.map((test) => runPolicyTest(read.policy, test)) };
}

function lines({ file, results }: TestedFile): readonly string[] {
  return [`  ${file}`, ...results.flatMap(resultLines)];
}

function resultLines({ name, place, differences, reasons }: TestResult): readonly string[] {
  if (differences.length === 0) return [`  + ${name}`];
  return [
    `  x ${name}   [${place}]`,
    ...differences.flatMap(({ what, expected, actual }) => [
      `      - ${what}: ${expected}   expected`,
      `      + ${what}: ${actual}   found`,
    ]),
    ...(reasons.length === 0 ? ["        no rule speaks"] : []),
    ...reasons.map(({ ruleId, level, status, message, place: at }) => `        ${ruleId} (${level}, ${status}): ${message} [${at}]`),
  ];
}
