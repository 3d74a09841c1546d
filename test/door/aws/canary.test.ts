import { expect, test } from "vitest";
import { lookAtSweeps } from "../../../functions/aws/look-at-sweeps.ts";
import { onRegistryEvent } from "../../../functions/aws/on-registry-event.ts";
import { sing } from "../../../functions/aws/sing.ts";
import { instant } from "../../../shared/domain/time.ts";
import { sweep } from "../../../shared/pipeline/sweep.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { Around } from "../../fakes/served-registry.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { openDoorGate } from "./door-gate.ts";
import { batch, sqsRecord, turn } from "./woken.ts";

const HOUR = 3_600_000;

test("a canary is content when on-registry-event takes its message, and fails when nobody does", async () => {
  const { wired, store } = await openDoorGate();
  const deps = { queue: store.queue, clock: wired.clock, waitMs: 0 };
  const taken = async (text: string): Promise<void> => void (await onRegistryEvent(wired, batch(sqsRecord(text)), turn()));
  await sing({ ...deps, send: taken });
  await expect(sing({ ...deps, send: async () => {} })).rejects.toThrow(AdapterError);
});

test("a canary fails while a registry has not been compared whole for a day, and not for one that is watched no more", async () => {
  let [isListed, now] = [true, Date.parse("2026-11-20T10:00:00Z")];
  const around: Around = async (request, next) =>
    isListed || !request.url.includes("_catalog") ? next(request) : new Response("", { status: 403 });
  const { wired, push, store } = await openDoorGate({ around });
  const clock = { now: () => instant(now) };
  await push("shop/api", "v1", imageNamed("one"));
  const looked = async (hours: number): Promise<void> => {
    now += hours * HOUR;
    await sweep({ ...wired.gate.deps, clock });
    await lookAtSweeps({ sweeps: store.sweeps, clock });
  };
  await looked(0);
  await looked(48);
  isListed = false;
  await looked(6);
  await looked(23);
  await expect(looked(1)).rejects.toThrow(/has not been compared whole since 2026-11-22T16:00/);
  isListed = true;
  await looked(6);
  isListed = false;
  await looked(6);
  await sweep({ ...wired.gate.deps, registries: new Map() });
  now += 48 * HOUR;
  await lookAtSweeps({ sweeps: store.sweeps, clock });
});
