import { generateKeyPairSync, sign } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { instant } from "../../../shared/domain/time.ts";
import { sqlite } from "../../../shared/stores/sqlite/index.ts";
import { run } from "./run.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const ENTRIES = 5;

let state = "";

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), "moorgate-journal-"));
  writeFileSync(join(state, "journal-key.pub"), publicKey.export({ type: "spki", format: "pem" }));
  const { ledger, close } = await sqlite.open({
    place: join(state, "ledger.db"),
    signHead: (text) => sign(null, Buffer.from(text), privateKey).toString("base64"),
  });
  for (let n = 1; n <= ENTRIES; n++)
    await ledger.append([{ kind: "refused", id: `id-${n}`, at: instant(n), correlationId: "c", source: "oci", why: "no token", count: n }]);
  await close();
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

function tamper(sql: string): void {
  const database = new DatabaseSync(join(state, "ledger.db"));
  database.exec(sql);
  database.close();
}

async function verify(...more: readonly string[]) {
  const ran = await run(["journal", "verify", "--state", state, "--json", ...more]);
  return { exit: ran.exit, ...(ran.out === "" ? {} : JSON.parse(ran.out)) };
}

/** The journal as `journal tail --json --heads` writes it. */
function exported(): { readonly entries: string[]; readonly head: string } {
  const database = new DatabaseSync(join(state, "ledger.db"));
  const rows = database.prepare("SELECT sequence, place, previous_hash, hash, event FROM journal ORDER BY sequence").all();
  const chain = database.prepare("SELECT name, place, hash, signature FROM chain").get();
  database.close();
  return {
    entries: rows.map((row) =>
      JSON.stringify({
        sequence: row["sequence"],
        chain: "gate",
        index: row["place"],
        previousHash: row["previous_hash"],
        hash: row["hash"],
        event: JSON.parse(String(row["event"])),
      }),
    ),
    head: JSON.stringify({ chain: chain?.["name"], index: chain?.["place"], hash: chain?.["hash"], signature: chain?.["signature"] }),
  };
}

async function verifyExport(lines: readonly string[], ...more: readonly string[]) {
  writeFileSync(join(state, "export.ndjson"), `${lines.join("\n")}\n`);
  return verify("--file", join(state, "export.ndjson"), ...more);
}

describe("the store", () => {
  test("an untouched journal is whole", async () => {
    expect(await verify()).toEqual({ exit: 0, state: "whole", entries: ENTRIES, chains: 1, signed: 1, problems: [] });
  });

  test.each([
    [
      "an entry that was rewritten",
      `UPDATE journal SET event = replace(event, 'no token', 'all well') WHERE sequence = 3`,
      { sequence: 3, kind: "changed" },
    ],
    ["an entry that was taken out of the middle", "DELETE FROM journal WHERE sequence = 3", { kind: "missing", sequence: 3 }],
    ["entries cut off at the end", "DELETE FROM journal WHERE sequence > 3", { kind: "end-differs" }],
    [
      "an end that was moved back with the entries",
      "DELETE FROM journal WHERE sequence > 3; UPDATE chain SET place = 3, hash = (SELECT hash FROM journal WHERE sequence = 3)",
      { kind: "bad-signature" },
    ],
  ])("%s is found and named first", async (_, sql, problem) => {
    tamper(sql);
    const verdict = await verify();
    expect(verdict).toMatchObject({ exit: 1, state: "broken" });
    expect(verdict.problems[0]).toMatchObject(problem);
  });

  test("a journal that was signed by another key is not the gate's", async () => {
    writeFileSync(join(state, "journal-key.pub"), generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }));
    expect(await verify()).toMatchObject({ exit: 1, problems: [{ kind: "bad-signature" }] });
  });

  test("a folder without a store is no proof of anything, and none is made there", async () => {
    rmSync(join(state, "ledger.db"));
    expect((await verify()).exit).toBe(4);
    expect(existsSync(join(state, "ledger.db"))).toBe(false);
  });
});

describe("an export", () => {
  const key = () => ["--key", join(state, "journal-key.pub")] as const;

  test("with its heads and the key is whole", async () => {
    const { entries, head } = exported();
    expect(await verifyExport([...entries, head], ...key())).toMatchObject({ exit: 0, state: "whole" });
  });

  test("without heads proves nothing about its end", async () => {
    expect(await verifyExport(exported().entries, ...key())).toMatchObject({ exit: 2, state: "unproven" });
  });

  test("with one word changed is broken at that entry", async () => {
    const { entries, head } = exported();
    const forged = entries.map((line, at) => (at === 1 ? line.replace("no token", "no tocken") : line));
    expect(await verifyExport([...forged, head], ...key())).toMatchObject({ exit: 1, problems: [{ sequence: 2, kind: "changed" }] });
  });

  test("with a line that is no entry is a usage error", async () => {
    expect((await verifyExport(['{"hello":1}'], ...key())).exit).toBe(3);
  });

  test("with an entry that names one member twice is not read", async () => {
    const { entries } = exported();
    expect((await verifyExport([(entries[0] ?? "").replace('{"sequence"', '{"index":9,"sequence"')], ...key())).exit).toBe(4);
  });
});
