import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { MIGRATIONS } from "../../../shared/stores/sqlite/schema.ts";
import { signHead, withFolder } from "../../contract/store.ts";
import { keyOf, recordOf } from "../../fixtures/records.ts";

test("what was committed is there after the store was closed and opened again", () =>
  withFolder(async (folder) => {
    const file = join(folder, "new", "folder", "gate.db");
    const first = openSqliteStore({ file, signHead });
    await first.ledger.commit({ image: recordOf(keyOf("a")), intents: [], outcomes: [], journal: [] });
    await first.close();
    const second = openSqliteStore({ file, signHead });
    expect(await second.ledger.image(keyOf("a"))).toEqual(recordOf(keyOf("a")));
    await second.close();
  }));

test("only its owner may read the store, in any of its files, also where the file was there before", () =>
  withFolder(async (folder) => {
    const file = join(folder, "gate.db");
    writeFileSync(file, "");
    chmodSync(file, 0o644);
    const store = openSqliteStore({ file, signHead });
    await store.queue.put([], recordOf(keyOf("a")).firstSeenAt, "x");
    for (const name of [file, `${file}-wal`, `${file}-shm`]) expect((statSync(name).mode & 0o777).toString(8)).toBe("600");
    await store.close();
  }));

test("closing leaves one file, and may be done twice", () =>
  withFolder(async (folder) => {
    const file = join(folder, "gate.db");
    const store = openSqliteStore({ file, signHead });
    await store.close();
    await store.ledger.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
    await expect(store.queue.put([], recordOf(keyOf("a")).firstSeenAt)).rejects.toMatchObject({ code: "refused" });
  }));

test("what is asked for before closing is kept", () =>
  withFolder(async (folder) => {
    const file = join(folder, "gate.db");
    const store = openSqliteStore({ file, signHead });
    const committed = store.ledger.commit({ image: recordOf(keyOf("a")), intents: [], outcomes: [], journal: [] });
    await Promise.all([store.close(), committed]);
    const again = openSqliteStore({ file, signHead });
    expect(await again.ledger.image(keyOf("a"))).toBeDefined();
    await again.close();
  }));

test("the file of a newer program is refused and left as it is", () =>
  withFolder(async (folder) => {
    const file = join(folder, "gate.db");
    await openSqliteStore({ file, signHead }).close();
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 999");
    database.close();
    const before = readFileSync(file);
    expect(() => openSqliteStore({ file, signHead })).toThrow(expect.objectContaining({ code: "unsupported" }));
    expect(readFileSync(file).equals(before)).toBe(true);
  }));

test("what an older program has watched is the gate's already; what it has not is not", () =>
  withFolder(async (folder) => {
    const file = join(folder, "gate.db");
    const before = MIGRATIONS.findIndex((step) => step.includes("CREATE TABLE standing"));
    const old = new DatabaseSync(file);
    for (const step of MIGRATIONS.slice(0, before)) old.exec(step);
    old.exec(`PRAGMA user_version = ${before};
      INSERT INTO image (registry, repository, digest, version, held, changed, words, children, body)
      VALUES ('known.example', 'shop/api', 'sha256:a', 1, 0, 1, '', '[]', '{}'), ('known.example', 'shop/api', 'sha256:b', 1, 0, 2, '', '[]', '{}')`);
    old.close();
    const store = openSqliteStore({ file, signHead });
    const standings = [...(await store.standings.all())];
    expect(standings).toMatchObject([["known.example", { kind: "in-charge", how: "known-before" }]]);
    await store.close();
  }));

test("a file that is no database is refused and left as it is", () =>
  withFolder(async (folder) => {
    const file = join(folder, "gate.db");
    writeFileSync(file, "This is a letter to a friend, and much longer than a page of a hundred characters, as letters are.".repeat(20));
    const before = readFileSync(file);
    expect(() => openSqliteStore({ file, signHead })).toThrow(expect.objectContaining({ code: "malformed" }));
    expect(readFileSync(file).equals(before)).toBe(true);
  }));

test("a place that is no file is refused with a mend", () =>
  withFolder(async (folder) => {
    expect(() => openSqliteStore({ file: folder, signHead })).toThrow(
      expect.objectContaining({ code: "forbidden", mend: expect.any(String) }),
    );
  }));
