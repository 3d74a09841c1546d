import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import {
  type HeadSignature,
  headSignature,
  type JournalProblem,
  type JournalVerdict,
  openJournal,
  verifyExport,
  verifyLedger,
} from "../../shared/compose/verify-journal.ts";
import { JOURNAL_PUBLIC_KEY_FILE } from "../local/state.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import { stateFolder } from "./gate.ts";
import { storedPlace } from "./stored-place.ts";
import type { Run } from "./verb.ts";

export const runJournalVerify: Run = async ({ flags, terminal, asJson }) => {
  const file = flags.text("file");
  const key = flags.text("key");
  const verdict = file === undefined ? await verifyState(stateFolder(flags), key) : await verifyFile(file, key);
  if (asJson) terminal.printJson({ state: stateOf(verdict), ...verdict });
  else terminal.print(words(verdict));
  return EXITS[stateOf(verdict)];
};

type State = "whole" | "broken" | "unproven";

const EXITS: Readonly<Record<State, ExitCode>> = { whole: EXIT.fine, broken: EXIT.violating, unproven: EXIT.indeterminate };

function stateOf({ problems, chains, signed }: JournalVerdict): State {
  if (problems.length > 0) return "broken";
  return signed < chains ? "unproven" : "whole";
}

async function verifyState(state: string, keyFile: string | undefined): Promise<JournalVerdict> {
  const { place } = storedPlace(state, "Could not verify the journal");
  const isSigned = readKey(keyFile ?? join(state, JOURNAL_PUBLIC_KEY_FILE));
  const ledger = await openJournal(place);
  try {
    return await verifyLedger(ledger, isSigned);
  } finally {
    await ledger.close();
  }
}

async function verifyFile(file: string, keyFile: string | undefined): Promise<JournalVerdict> {
  if (!existsSync(file)) throw usageError("Could not verify the journal", `there is no file ${file}`, "name an export: --file FILE");
  // Without heads nothing is signed, and no key is needed to find a changed entry.
  const isSigned = keyFile === undefined ? () => false : readKey(keyFile);
  try {
    return await verifyExport(createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY }), isSigned);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const place = error.issues[0]?.path.join(".") ?? "";
    throw usageError(
      "Could not verify the journal",
      `${file} has a line that is no journal entry${place === "" ? "" : ` (${place})`}`,
      "write the export with `moorgate journal tail --json --heads`",
    );
  }
}

function readKey(file: string): HeadSignature {
  try {
    return headSignature(readFileSync(file, "utf8"));
  } catch (error) {
    const why = error instanceof Error && "code" in error && error.code === "ENOENT" ? "is not there" : "is no public key that can be read";
    throw usageError(
      "Could not verify the journal",
      `the key ${file} ${why}`,
      "name the gate's public key with --key FILE (journal-key.pub in its state folder)",
    );
  }
}

function words(verdict: JournalVerdict): string {
  const { entries, chains, signed, problems } = verdict;
  const sums = `${entries} entries in ${chains} chains, ${signed} of them with a signed end`;
  switch (stateOf(verdict)) {
    case "whole":
      return `  + WHOLE     ${sums}`;
    case "unproven":
      return `  ? UNPROVEN  ${sums}\n  Next        entries may have been cut off at the end: verify the state folder itself, or an export with its heads and --key`;
    case "broken":
      return [
        `  x BROKEN    ${sums}`,
        ...problems.map((problem) => `    ${problemWords(problem)}`),
        "  Next        keep this store as it is, and compare with what the SIEM received",
      ].join("\n");
  }
}

const KINDS: Readonly<Record<JournalProblem["kind"], string>> = {
  changed: "its content is not what was hashed",
  broken: "it does not follow the entry before: one was removed, inserted or replaced",
  misplaced: "it tells of another chain",
  unsigned: "no signed head vouches for the chain",
  "end-differs": "the signed head names another end: entries were cut off or appended",
  "bad-signature": "the head's signature is not the gate's",
  missing: "the entry before it is missing from the store",
};

function problemWords({ chain, index, sequence, kind }: JournalProblem): string {
  return `${sequence === undefined ? "" : `entry ${sequence}, `}place ${index} of ${chain}: ${KINDS[kind]}`;
}
