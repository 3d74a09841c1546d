import { describe } from "vitest";
import { registryDeleteContract, registryKeepContract } from "./registry-delete.contract.ts";
import { ROWS, VENDOR_ROWS } from "./registry-row.ts";

describe.each(ROWS)("$name", (row) => {
  registryDeleteContract(row);
});

describe.each(VENDOR_ROWS)("$name", (row) => {
  registryKeepContract(row);
});
