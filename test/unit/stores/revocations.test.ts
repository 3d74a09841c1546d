import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { KeptAnswer } from "../../../shared/ports/revocation-store.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead, withFolder } from "../../contract/store.ts";
import { at } from "../../fixtures/records.ts";

const ROUNDS = 4;
const PROGRAM = new URL("./keeping-process.ts", import.meta.url).pathname;

test("T56 a crash while an answer about revocation is kept leaves the old one or the new one, never half of one", { timeout: 60_000 }, () =>
  withFolder(async (folder) => {
    const file = join(folder, "gate.db");
    let next = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const last = await killedRun(file, next, round);
      const kept = await keptIn(file);
      const body = kept?.bytes.subarray(0, -32) ?? new Uint8Array();
      expect(
        createHash("sha256")
          .update(body)
          .digest()
          .equals(kept?.bytes.subarray(-32) ?? new Uint8Array()),
      ).toBe(true);
      // What was acknowledged is there; the one after it may be too.
      expect([at(last), at(last + 1)]).toContain(kept?.thisUpdate);
      expect(kept?.nextUpdate).toBe((kept?.thisUpdate ?? 0) + 1);
      next = last + 2;
    }
  }),
);

async function keptIn(file: string): Promise<KeptAnswer | undefined> {
  const store = openSqliteStore({ file, signHead });
  const kept = await store.revocations.find("one");
  await store.close();
  return kept;
}

/** @returns the last answer that the process said it had kept, until it was killed a few milliseconds after it began to say so. */
function killedRun(file: string, start: number, round: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, file, String(start)], {
      env: { ...process.env, NODE_COMPILE_CACHE: `${file}-code` },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (said === "") setTimeout(() => child.kill("SIGKILL"), (round * 7) % 40);
      said += text;
    });
    child.once("error", reject);
    child.once("close", () => resolve(Number(said.split("\n").slice(0, -1).at(-1))));
  });
}
