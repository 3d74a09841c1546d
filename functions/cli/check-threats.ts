import { readFeedFiles } from "../../shared/compose/feed-files.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import type { ThreatFacts } from "../../shared/domain/threat.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { Flags } from "./flags.ts";

/** The feeds that the command line names; the others are not set up. @throws ParseError on a file that is no such feed */
export async function readThreats(flags: Flags): Promise<ThreatFacts> {
  try {
    return await readFeedFiles({ knownExploited: flags.text("kev"), exploitPrediction: flags.text("epss") });
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    throw new ParseError("--kev, --epss", error.message, error.mend ?? "give the file as its publisher offers it");
  }
}
