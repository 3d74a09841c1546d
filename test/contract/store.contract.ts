import { describe } from "vitest";
import { emergencyStoreContract } from "./emergency-store.contract.ts";
import { evidenceStoreContract } from "./evidence-store.contract.ts";
import { feedStoreContract } from "./feed-store.contract.ts";
import { haltStoreContract } from "./halt-store.contract.ts";
import { imageLinksContract } from "./image-links.contract.ts";
import { ledgerContract } from "./ledger.contract.ts";
import { ledgerActionsContract } from "./ledger-actions.contract.ts";
import { postureStoreContract } from "./posture-store.contract.ts";
import { proposalStoreContract } from "./proposal-store.contract.ts";
import { reportStoreContract } from "./report-store.contract.ts";
import { revocationStoreContract } from "./revocation-store.contract.ts";
import { runStoreContract } from "./run-store.contract.ts";
import { sinkStoreContract } from "./sink-store.contract.ts";
import { standingStoreContract } from "./standing-store.contract.ts";
import type { WithStore } from "./store.ts";
import { sweepStoreContract } from "./sweep-store.contract.ts";
import { undoStoreContract } from "./undo-store.contract.ts";
import { usageStoreContract } from "./usage-store.contract.ts";
import { workQueueContract } from "./work-queue.contract.ts";

/** All that a store has to keep, port by port. */
export function storeContract(withStore: WithStore): void {
  describe("ledger", () => {
    ledgerContract(withStore);
  });
  describe("actions", () => {
    ledgerActionsContract(withStore);
  });
  describe("links between images", () => {
    imageLinksContract(withStore);
  });
  describe("work queue", () => {
    workQueueContract(withStore);
  });
  describe("sink store", () => {
    sinkStoreContract(withStore);
  });
  describe("report store", () => {
    reportStoreContract(withStore);
  });
  describe("emergency store", () => {
    emergencyStoreContract(withStore);
  });
  describe("evidence store", () => {
    evidenceStoreContract(withStore);
  });
  describe("run store", () => {
    runStoreContract(withStore);
  });
  describe("undo store", () => {
    undoStoreContract(withStore);
  });
  describe("revocation store", () => {
    revocationStoreContract(withStore);
  });
  describe("usage store", () => {
    usageStoreContract(withStore);
  });
  describe("posture store", () => {
    postureStoreContract(withStore);
  });
  describe("standing store", () => {
    standingStoreContract(withStore);
  });
  describe("proposal store", () => {
    proposalStoreContract(withStore);
  });
  describe("halt store", () => {
    haltStoreContract(withStore);
  });
  describe("sweep store", () => {
    sweepStoreContract(withStore);
  });
  describe("feed store", () => {
    feedStoreContract(withStore);
  });
}
