import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead } from "../../contract/store.ts";
import { at, NOW } from "../../fixtures/records.ts";

/** Keeps one later answer after the other until it is killed; writes a line to its output after each answer of the store. */
const [file = "", start = ""] = process.argv.slice(2);
const { revocations } = openSqliteStore({ file, signHead });

// Over several pages of the file, and marked: the last bytes are the hash of the others.
function answerOf(number: number): Uint8Array {
  const body = Buffer.alloc(200_000, `${number} `);
  return Buffer.concat([body, createHash("sha256").update(body).digest()]);
}

for (let number = Number(start); ; number++) {
  await revocations.keep("one", { bytes: answerOf(number), thisUpdate: at(number), nextUpdate: at(number + 1), askedAt: NOW });
  writeSync(1, `${number}\n`);
}
