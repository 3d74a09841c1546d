import { describe } from "vitest";
import { ECR_MOVE_ROW, ECR_ROW } from "./ecr-row.ts";
import { registryAttachContract } from "./registry-attach.contract.ts";
import { registryCrashContract } from "./registry-crash.contract.ts";
import { registryMoveContract } from "./registry-move.contract.ts";
import { registryNestedContract } from "./registry-nested.contract.ts";
import { registryRetagContract } from "./registry-retag.contract.ts";
import { ROWS } from "./registry-row.ts";
import { registrySha512Contract } from "./registry-sha512.contract.ts";
import { registryCatalogueContract, registrySurveyContract } from "./registry-survey.contract.ts";

describe.each(ROWS)("$name", (row) => {
  registrySurveyContract(row);
  registryCatalogueContract(row);
  registryMoveContract(row);
  registryNestedContract(row);
  registrySha512Contract(row);
  registryAttachContract(row);
  registryRetagContract(row);
});

// A registry of the specification does nothing here that a strict one does not.
describe.each(ROWS.slice(1))("$name", (row) => {
  registryCrashContract(row);
});

// By hash SHA-512 it has no images.
describe.each([ECR_MOVE_ROW])("$name", (row) => {
  registryMoveContract(row);
  registryNestedContract(row);
  registryCrashContract(row);
  registryAttachContract(row);
});

describe("ECR", () => {
  registrySurveyContract(ECR_ROW);
  registryAttachContract(ECR_ROW);
  registryRetagContract(ECR_ROW);
});
