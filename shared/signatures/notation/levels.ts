import type { SignatureCode } from "../../domain/evidence.ts";

/** Checks that a trust policy weighs. Integrity is not among them: it must always be right. */
export type Check = "authenticity" | "authenticTimestamp" | "expiry" | "revocation";
export type Action = "enforce" | "log" | "skip";

/** trust-store-trust-policy.md, "Signature Verification", the table of levels. */
export const LEVELS: Readonly<Record<"strict" | "permissive" | "audit", Readonly<Record<Check, Action>>>> = {
  strict: { authenticity: "enforce", authenticTimestamp: "enforce", expiry: "enforce", revocation: "enforce" },
  permissive: { authenticity: "enforce", authenticTimestamp: "log", expiry: "log", revocation: "log" },
  audit: { authenticity: "log", authenticTimestamp: "log", expiry: "log", revocation: "log" },
};

/** What stands against a signature whose bytes are in order. */
export interface Failure {
  readonly check: Check;
  readonly code: SignatureCode;
  readonly detail: string;
}
