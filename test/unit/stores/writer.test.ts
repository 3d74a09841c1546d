import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { openWriter, type Writer } from "../../../shared/stores/sqlite/writer.ts";

interface Room {
  readonly database: DatabaseSync;
  readonly writer: Writer;
  insert(value: number): void;
  values(): readonly unknown[];
}

function open(setUp = ""): Room {
  const database = new DatabaseSync(":memory:");
  database.exec(`CREATE TABLE t (value INTEGER NOT NULL UNIQUE, text TEXT); ${setUp}`);
  onTestFinished(() => database.close());
  const insert = database.prepare("INSERT INTO t (value, text) VALUES (?, ?)");
  return {
    database,
    writer: openWriter(database),
    insert: (value) => void insert.run(value, ""),
    values: () =>
      database
        .prepare("SELECT value FROM t ORDER BY value")
        .all()
        .map((row) => row["value"]),
  };
}

test("calls of one turn share one transaction, each sees what the one before wrote", async () => {
  const { writer, insert, values, database } = open("CREATE TABLE begun (n INTEGER)");
  const seen = await Promise.all(
    [1, 2, 3].map((value) =>
      writer.write("power-cut", () => {
        insert(value);
        return { count: values().length, isTransaction: database.isTransaction };
      }),
    ),
  );
  expect(seen).toEqual([1, 2, 3].map((count) => ({ count, isTransaction: true })));
  expect(database.isTransaction).toBe(false);
});

test("no promise settles before the transaction is committed", async () => {
  const { writer, insert, database } = open();
  const states = await Promise.all(
    [1, 2, 3].map(async (value) => {
      await writer.write("power-cut", () => insert(value));
      return database.isTransaction;
    }),
  );
  expect(states).toEqual([false, false, false]);
});

test("a call that fails takes back what it wrote itself, and nothing of its neighbours", async () => {
  const { writer, insert, values } = open();
  const results = await Promise.allSettled([
    writer.write("power-cut", () => insert(1)),
    writer.write("power-cut", () => {
      insert(2);
      insert(1);
    }),
    writer.write("power-cut", () => insert(3)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(values()).toEqual([1, 3]);
});

test("a call that fails alone takes back what it wrote, and the next one works", async () => {
  const { writer, insert, values } = open();
  const failing = writer.write("power-cut", () => {
    insert(1);
    throw new Error("a defect");
  });
  await expect(failing).rejects.toThrow("a defect");
  await writer.write("power-cut", () => insert(2));
  expect(values()).toEqual([2]);
});

test("a full disk refuses the whole group with a fault that may pass, and what was there stays", async () => {
  const { writer, insert, values, database } = open();
  await writer.write("power-cut", () => insert(1));
  database.exec("PRAGMA max_page_count = 6");
  const fill = (value: number) => () => void database.prepare("INSERT INTO t (value, text) VALUES (?, ?)").run(value, "x".repeat(30_000));
  const results = await Promise.allSettled([
    writer.write("power-cut", () => insert(2)),
    writer.write("power-cut", fill(3)),
    writer.write("power-cut", () => insert(4)),
  ]);
  const faults = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  expect(faults.length).toBeGreaterThan(0);
  for (const fault of faults) expect(fault).toMatchObject({ code: "unreachable", retryable: true });
  expect(values()).toEqual([1, ...results.flatMap((result, place) => (result.status === "fulfilled" ? [place + 2] : []))]);
  database.exec("PRAGMA max_page_count = 1000000");
  await writer.write("power-cut", () => insert(9));
  expect(values()).toContain(9);
});

test("a group that has one call for a power cut is synced whole, one without it is not", async () => {
  const { writer, insert, database } = open();
  const level = (): unknown => database.prepare("PRAGMA synchronous").get()?.["synchronous"];
  const FULL = 2;
  const NORMAL = 1;
  expect(await writer.write("power-cut", level)).toBe(FULL);
  expect(await Promise.all([writer.write("crash", level), writer.write("crash", level)])).toEqual([NORMAL, NORMAL]);
  expect(await Promise.all([writer.write("crash", level), writer.write("power-cut", () => insert(1))])).toEqual([FULL, undefined]);
});

test("more calls than one transaction takes are all done, in order", async () => {
  const { writer, insert, values } = open();
  const all = Array.from({ length: 1_000 }, (_, value) => value);
  await Promise.all(all.map((value) => writer.write("crash", () => insert(value))));
  expect(values()).toEqual(all);
});
