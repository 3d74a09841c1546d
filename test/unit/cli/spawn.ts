import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../../functions/cli/main.ts", import.meta.url));

export interface Ran {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command for real, without a terminal, in a folder of the test. */
export function moorgate(cwd: string, ...words: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    cwd,
    encoding: "utf8",
    timeout: 15_000,
    env: { PATH: process.env["PATH"] },
  });
  return { exit: status, out: stdout, err: stderr };
}
