import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const INPUTS = 500;
const SECONDS = 1;

/** Verifications a second by the programs that people use today; the names are those that their benches print. */
export interface PeerRate {
  readonly name: string;
  readonly tool: string;
  readonly version: string;
  readonly perSecond: number;
  readonly perSecondMax: number;
}

export interface Peers {
  /** Folder of signatures that every contender verifies. */
  readonly fixtures: string;
  /** One measurement of all of them, one after the other, each on one core. */
  measure(): Promise<readonly PeerRate[]>;
  remove(): Promise<void>;
}

/**
 * Builds the peers' benches (sigstore-go and notation-go, sigstore-js) out of their folder into one of our own and lets them make the
 * signatures. Needs go, npm and the network; none of it is part of what is measured.
 */
export async function buildPeers(folder: string): Promise<Peers> {
  const work = await mkdtemp(join(tmpdir(), "moorgate-peers-"));
  const [inGo, inJs, fixtures] = [join(work, "verify-go"), join(work, "verify-js"), join(work, "fixtures")];
  await cp(join(folder, "verify-go"), inGo, { recursive: true });
  await cp(join(folder, "verify-js"), inJs, { recursive: true });
  // What is copied may be read-only; both builds write beside the sources.
  await run("chmod", ["-R", "u+w", inGo, inJs]);
  await run("go", ["build", "-o", `${work}/`, "./fixtures-maker", "./verify"], { cwd: inGo });
  await run("npm", ["install", "--no-audit", "--no-fund"], { cwd: inJs });
  await run(join(work, "fixtures-maker"), ["-n", String(INPUTS), "-out", fixtures]);
  return {
    fixtures,
    async measure() {
      const go = await run(join(work, "verify"), ["-fixtures", fixtures, "-seconds", String(SECONDS), "-repeats", "3"], { env: oneCore() });
      const js = await run(process.execPath, ["bench.js", fixtures, String(SECONDS), "3"], { cwd: inJs });
      return [...linesOf(go.stdout), ...linesOf(js.stdout)];
    },
    remove: () => rm(work, { recursive: true, force: true }),
  };
}

function oneCore(): NodeJS.ProcessEnv {
  return { PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter), GOMAXPROCS: "1" };
}

function linesOf(text: string): readonly PeerRate[] {
  return text
    .trim()
    .split("\n")
    .map((line): PeerRate => JSON.parse(line));
}
