import { describe, expect, test } from "vitest";
import { registryCrashContract } from "../contract/registry-crash.contract.ts";
import { registryFaultContract } from "../contract/registry-fault.contract.ts";
import { registryHoldContract } from "../contract/registry-hold.contract.ts";
import type { RegistryRow } from "../contract/registry-row.ts";
import { faultRow } from "../fault/hold-faults.ts";
import { serveDistribution } from "./served-distribution.ts";

const DISTRIBUTION: RegistryRow = {
  name: "CNCF Distribution",
  quirks: (request, registry) => registry(request),
  stride: 1,
  serve: serveDistribution,
};

describe("a real registry", () => {
  registryHoldContract(DISTRIBUTION);
  registryFaultContract(DISTRIBUTION);
  registryCrashContract(DISTRIBUTION);

  test("each act gets over a fault of any of its calls", { timeout: 600_000 }, async () => {
    const { failures, cases } = await faultRow(DISTRIBUTION, "fault-in-turn");
    expect(failures).toEqual([]);
    expect(cases).toBeGreaterThan(100);
  });
});
