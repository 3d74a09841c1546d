import { describe } from "vitest";
import { registryCrashContract } from "../contract/registry-crash.contract.ts";
import { registryFaultContract } from "../contract/registry-fault.contract.ts";
import { registryHoldContract } from "../contract/registry-hold.contract.ts";
import type { RegistryRow } from "../contract/registry-row.ts";
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
});
