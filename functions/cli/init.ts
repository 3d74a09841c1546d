import { join } from "node:path";
import { builtInText } from "./built-in.ts";
import { EXIT } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import { makeFolder } from "./folder.ts";
import { writeNewFile } from "./new-file.ts";
import type { Run } from "./verb.ts";

// Holds the names of secrets, no secret; a policy is meant to be read.
const READABLE = 0o644;

export const runInit: Run = async ({ words, terminal, asJson }) => {
  const folder = words[0] ?? ".";
  makeFolder(folder, 0o755);
  const files = [
    { file: join(folder, "policy.yaml"), text: builtInText("baseline") },
    { file: join(folder, "moorgate.yaml"), text: builtInText("settings") },
  ].map(({ file, text }) => ({ file, written: writeNewFile(file, text, READABLE) }));
  if (files.every(({ written }) => !written)) {
    throw usageError(
      `Could not write to ${folder}`,
      `${files.map(({ file }) => file).join(" and ")} are there already`,
      "edit them, or name another folder: moorgate init FOLDER",
    );
  }
  if (asJson) terminal.printJson({ files });
  else
    terminal.print(
      [
        ...files.map(line),
        "",
        "  Try it     moorgate check oci:./image     judges by ./policy.yaml",
        "  Run it     moorgate up --policy policy.yaml",
      ].join("\n"),
    );
  return files.every(({ written }) => written) ? EXIT.fine : EXIT.usage;
};

function line({ file, written }: { readonly file: string; readonly written: boolean }): string {
  return written ? `  + written  ${file}` : `  ! kept     ${file} was there already and stays as it is`;
}
