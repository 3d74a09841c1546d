import { describe, expect, test } from "vitest";
import { onSchedule } from "../../../functions/aws/on-schedule.ts";
import { TASK_NAMES } from "../../../functions/aws/tasks.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { openDoorGate } from "./door-gate.ts";
import { turn } from "./woken.ts";

describe("a schedule", () => {
  test("finds by its sweep what no event told, and works it off by its queue", async () => {
    const { wired, push, record, store } = await openDoorGate();
    const key = await push("shop/api", "v1", imageNamed("lost"));
    await onSchedule(wired, { task: "sweep" }, turn());
    expect(await store.queue.depth()).toMatchObject({ waiting: 1 });
    await onSchedule(wired, { task: "queue" }, turn());
    expect(await record(key)).toMatchObject({ verdict: { kind: "violating" }, hold: { kind: "held" } });
    expect(await store.queue.depth()).toMatchObject({ waiting: 0, running: 0, parked: 0 });
  });

  test("parks for a person what the registry refuses for good, with the reason", async () => {
    const { wired, push, store } = await openDoorGate({
      around: async (request, next) =>
        /\/shop\/api\/manifests\/sha256/.test(request.url) ? new Response("", { status: 403 }) : next(request),
    });
    await push("shop/api", "v1", imageNamed("lost"));
    await onSchedule(wired, { task: "sweep" }, turn());
    await onSchedule(wired, { task: "queue" }, turn());
    expect((await store.queue.parked(10)).map(({ why }) => why.includes("403"))).toEqual([true]);
    expect((await store.ledger.journal(0, 100)).map(({ event }) => event.kind)).toContain("parked");
  });

  test("begins nothing that it has no time for: the next call does", async () => {
    const { wired, push, record, store } = await openDoorGate();
    const key = await push("shop/api", "v1", imageNamed("lost"));
    await onSchedule(wired, { task: "sweep" }, turn());
    await onSchedule(
      wired,
      { task: "queue" },
      turn(() => 4_000),
    );
    expect(await record(key)).toBeUndefined();
    expect(await store.queue.depth()).toMatchObject({ waiting: 1, running: 0 });
  });

  test("goes on with a sweep whose time was over, and sweeps anew only after that", async () => {
    const { wired, push, store } = await openDoorGate();
    await push("shop/api", "v1", imageNamed("lost"));
    await onSchedule(
      wired,
      { task: "sweep" },
      turn(() => 4_000),
    );
    expect([...(await store.sweeps.all()).values()]).toEqual([{ left: { startedAt: expect.any(Number) } }]);
    await onSchedule(wired, { task: "sweep-rest" }, turn());
    expect([...(await store.sweeps.all()).values()]).toEqual([{ wholeAt: expect.any(Number) }]);
    expect(await store.queue.depth()).toMatchObject({ waiting: 1 });
  });

  test("that hangs ends in time, and the log says which", async () => {
    const { wired, lines, push } = await openDoorGate({
      around: async (request, next) => (request.url.includes("_catalog") ? new Promise<Response>(() => {}) : next(request)),
    });
    await push("shop/api", "v1", imageNamed("lost"));
    const over = new AbortController();
    const answered = onSchedule(wired, { task: "sweep" }, { ...turn(), signal: over.signal });
    over.abort();
    await answered;
    expect(lines.some((line) => line.includes('"task":"sweep"'))).toBe(true);
  });

  test.each(TASK_NAMES)("%s may be asked of a gate that has nothing to do", async (task) => {
    const { wired, lines } = await openDoorGate();
    await onSchedule(wired, { task }, turn());
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  test("that names no task fails, so that an alarm tells of it", async () => {
    const { wired } = await openDoorGate();
    await expect(onSchedule(wired, { task: "everything" }, turn())).rejects.toThrow(AdapterError);
  });
});
