import { expect, test } from "vitest";
import { onRegistryEvent } from "../../../functions/aws/on-registry-event.ts";
import { sing } from "../../../functions/aws/sing.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import { openDoorGate } from "./door-gate.ts";
import { batch, sqsRecord, turn } from "./woken.ts";

test("a canary is content when on-registry-event takes its message, and fails when nobody does", async () => {
  const { wired, store } = await openDoorGate();
  const deps = { queue: store.queue, clock: wired.clock, waitMs: 0 };
  const taken = async (text: string): Promise<void> => void (await onRegistryEvent(wired, batch(sqsRecord(text)), turn()));
  await sing({ ...deps, send: taken });
  await expect(sing({ ...deps, send: async () => {} })).rejects.toThrow(AdapterError);
});
