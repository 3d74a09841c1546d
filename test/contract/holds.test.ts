import { describe } from "vitest";
import { ECR_MOVE_ROW, ECR_ROW } from "./ecr-row.ts";
import { registryFaultContract, registryKillContract } from "./registry-fault.contract.ts";
import { registryHoldContract } from "./registry-hold.contract.ts";
import { registryPartContract } from "./registry-part.contract.ts";
import { ROWS, VENDOR_ROWS } from "./registry-row.ts";

describe.each([...ROWS, ...VENDOR_ROWS, ECR_ROW, ECR_MOVE_ROW])("$name", (row) => {
  registryHoldContract(row);
  registryPartContract(row);
});

// Where nothing is changed nothing can go wrong on the way.
const changing = [...VENDOR_ROWS.filter(({ vendor }) => vendor?.kind !== "read-only"), ECR_ROW, ECR_MOVE_ROW];

// The strictest of those that move, and ECR; `npm run fault:holds` plays all faults at all calls of all rows.
describe.each([...ROWS.slice(-1), ECR_ROW, ECR_MOVE_ROW])("$name, in trouble", (row) => {
  registryFaultContract(row);
});

// Moving has a suite of its own for this.
describe.each(changing)("$name, killed", (row) => {
  registryKillContract(row);
});
