import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { kindOf, OF_A_FILE } from "../../shared/compose/store.ts";
import { openJournal } from "../../shared/compose/verify-journal.ts";
import { JOURNAL_KEY_FILE, LEDGER_FILE, TOKEN_FILE } from "../local/state.ts";
import { type Finding, look, mend, unknown, well } from "./doctor-check.ts";

/** The folder, its secrets, its disk and its store, which may lie elsewhere. */
export async function lookAtState(stateDir: string, store = join(stateDir, LEDGER_FILE)): Promise<readonly Finding[]> {
  if (!existsSync(stateDir))
    return [unknown("state folder", `${stateDir} is not there yet`, "start the gate with `moorgate up`, or name its folder with --state")];
  return [
    await look("state folder", () => modeOf("state folder", stateDir, 0o700)),
    ...(await Promise.all(
      [TOKEN_FILE, JOURNAL_KEY_FILE, "gate.json"]
        .filter((name) => existsSync(join(stateDir, name)))
        .map((name) => look(name, () => modeOf(name, join(stateDir, name), 0o600))),
    )),
    await look("disk", () => writesThrough(stateDir)),
    await look("store", () => opens(store)),
  ];
}

function modeOf(what: string, file: string, most: number): Finding {
  const mode = statSync(file).mode & 0o777;
  const shown = `${file} has mode ${mode.toString(8)}`;
  return (mode & ~most) === 0 ? well(what, shown) : mend(what, `${shown}: others can read it`, `chmod ${most.toString(8)} ${file}`);
}

/** What the journal promises rests on this: written means written, also after a power cut. */
function writesThrough(stateDir: string): Finding {
  const file = join(stateDir, `doctor.${process.pid}`);
  try {
    const handle = openSync(file, "wx", 0o600);
    const startedAt = performance.now();
    writeSync(handle, "doctor");
    fsyncSync(handle);
    closeSync(handle);
    return well("disk", `writes and syncs in ${(performance.now() - startedAt).toFixed(1)} ms`);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown fault";
    return mend("disk", `${stateDir} cannot be written (${code})`, "give the user of the gate the right to write there, and free space");
  } finally {
    rmSync(file, { force: true });
  }
}

async function opens(place: string): Promise<Finding> {
  if (kindOf(place) === OF_A_FILE && !existsSync(place))
    return unknown("store", `${place} is not there yet`, "start the gate with `moorgate up`");
  const ledger = await openJournal(place);
  try {
    const [first] = await ledger.journal(0, 1);
    return well("store", first === undefined ? "opens; the journal is empty" : "opens; `moorgate journal verify` proves the journal");
  } finally {
    await ledger.close();
  }
}
