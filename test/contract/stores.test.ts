import { describe } from "vitest";
import { stores } from "../../shared/stores/table.ts";
import { emergencyStoreContract } from "./emergency-store.contract.ts";
import { evidenceStoreContract } from "./evidence-store.contract.ts";
import { feedStoreContract } from "./feed-store.contract.ts";
import { haltStoreContract } from "./halt-store.contract.ts";
import { imageLinksContract } from "./image-links.contract.ts";
import { ledgerContract } from "./ledger.contract.ts";
import { ledgerActionsContract } from "./ledger-actions.contract.ts";
import { proposalStoreContract } from "./proposal-store.contract.ts";
import { reportStoreContract } from "./report-store.contract.ts";
import { revocationStoreContract } from "./revocation-store.contract.ts";
import { runStoreContract } from "./run-store.contract.ts";
import { sinkStoreContract } from "./sink-store.contract.ts";
import { standingStoreContract } from "./standing-store.contract.ts";
import { inMemory } from "./store.ts";
import { undoStoreContract } from "./undo-store.contract.ts";
import { usageStoreContract } from "./usage-store.contract.ts";
import { workQueueContract } from "./work-queue.contract.ts";

describe.each(Object.entries(stores))("%s", (_, load) => {
  describe("ledger", () => {
    ledgerContract(inMemory(load));
  });
  describe("actions", () => {
    ledgerActionsContract(inMemory(load));
  });
  describe("links between images", () => {
    imageLinksContract(inMemory(load));
  });
  describe("work queue", () => {
    workQueueContract(inMemory(load));
  });
  describe("sink store", () => {
    sinkStoreContract(inMemory(load));
  });
  describe("report store", () => {
    reportStoreContract(inMemory(load));
  });
  describe("emergency store", () => {
    emergencyStoreContract(inMemory(load));
  });
  describe("evidence store", () => {
    evidenceStoreContract(inMemory(load));
  });
  describe("run store", () => {
    runStoreContract(inMemory(load));
  });
  describe("undo store", () => {
    undoStoreContract(inMemory(load));
  });
  describe("revocation store", () => {
    revocationStoreContract(inMemory(load));
  });
  describe("usage store", () => {
    usageStoreContract(inMemory(load));
  });
  describe("standing store", () => {
    standingStoreContract(inMemory(load));
  });
  describe("proposal store", () => {
    proposalStoreContract(inMemory(load));
  });
  describe("halt store", () => {
    haltStoreContract(inMemory(load));
  });
  describe("feed store", () => {
    feedStoreContract(inMemory(load));
  });
});
