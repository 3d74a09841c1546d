import { EXIT } from "./exit-code.ts";
import { keptRoots } from "./kept-roots.ts";
import { problemLines, type ReadPolicy, readPolicy } from "./policy-problems.ts";
import type { Run } from "./verb.ts";

/** Reads each file as the gate would, and tells everything that is wrong in all of them at once. */
export const runPolicyCheck: Run = async ({ words, flags, terminal, asJson }) => {
  const files = words.map((file) => ({ file, read: readPolicy(file, keptRoots(flags)) }));
  if (asJson) terminal.printJson({ files: files.map(({ file, read }) => answer(file, read)) });
  else terminal.print(files.flatMap(({ file, read }) => lines(file, read)).join("\n"));
  return files.every(({ read }) => read.kind === "valid") ? EXIT.fine : EXIT.usage;
};

function answer(file: string, read: ReadPolicy): object {
  if (read.kind === "refused") return { file, valid: false, problems: read.problems };
  const { id, mode, rules } = read.policy;
  return { file, valid: true, problems: [], name: id.name, version: id.version, mode, rules: rules.length };
}

function lines(file: string, read: ReadPolicy): readonly string[] {
  if (read.kind === "refused") {
    const count = read.problems.length;
    return [`  REFUSED    ${file}: ${count} ${count === 1 ? "problem" : "problems"}`, ...problemLines(read.problems)];
  }
  const { id, mode, rules } = read.policy;
  return [`  VALID      ${file}: ${id.name}@${id.version.slice(0, 6)}, ${mode}, ${rules.length} ${rules.length === 1 ? "rule" : "rules"}`];
}
