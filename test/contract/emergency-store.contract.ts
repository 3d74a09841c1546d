import { expect, test } from "vitest";
import type { Emergency } from "../../shared/ports/emergency.ts";
import { at, keyOf, NOW } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

function emergencyOf(run: string, fields: Partial<Emergency> = {}): Emergency {
  return {
    run,
    query: "log4j-core@<2.15.0",
    inUse: false,
    actor: { name: "ann", reason: "log4shell" },
    startedAt: NOW,
    images: [keyOf("a"), keyOf("b")],
    leftAtStart: { "in-use": 1, "use-unknown": 0, perhaps: 0, held: 2, "not-watched": 0 },
    unsure: 3,
    ...fields,
  };
}

/** The rules of `EmergencyStore` in `ports/emergency.ts`; every store keeps them. */
export function emergencyStoreContract(withStore: WithStore): void {
  test("an emergency is given back as it began, and a second beginning of its run changes nothing", () =>
    withStore(async ({ emergencies }) => {
      await emergencies.begin(emergencyOf("emergency-1"));
      await emergencies.begin(emergencyOf("emergency-1", { images: [] }));
      expect(await emergencies.find("emergency-1")).toEqual(emergencyOf("emergency-1"));
      expect(await emergencies.find("emergency-2")).toBeUndefined();
    }));

  test("ends once, and is open until then; the newest is first", () =>
    withStore(async ({ emergencies }) => {
      for (const run of ["emergency-1", "emergency-2", "emergency-3"]) await emergencies.begin(emergencyOf(run));
      await emergencies.end("emergency-2", at(5));
      await emergencies.end("emergency-2", at(9));
      expect(await emergencies.find("emergency-2")).toEqual(emergencyOf("emergency-2", { endedAt: at(5) }));
      const runs = async (query: Parameters<typeof emergencies.list>[0]) => (await emergencies.list(query)).map(({ run }) => run);
      expect(await runs({ limit: 10 })).toEqual(["emergency-3", "emergency-2", "emergency-1"]);
      expect(await runs({ open: true, limit: 10 })).toEqual(["emergency-3", "emergency-1"]);
      expect(await runs({ limit: 1 })).toEqual(["emergency-3"]);
    }));
}
