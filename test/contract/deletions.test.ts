import { describe } from "vitest";
import { ECR_MOVE_ROW } from "./ecr-row.ts";
import { registryDeleteContract, registryKeepContract } from "./registry-delete.contract.ts";
import { ROWS, VENDOR_ROWS } from "./registry-row.ts";

describe.each([...ROWS, ECR_MOVE_ROW])("$name", (row) => {
  registryDeleteContract(row);
});

describe.each(VENDOR_ROWS)("$name", (row) => {
  registryKeepContract(row);
});
