import type { SignatureCode } from "../../domain/evidence.ts";

/** What stands against a signature: the stable code, and the sentence for people. */
export interface Objection {
  readonly kind: "objection";
  readonly code: Exclude<SignatureCode, "ok">;
  readonly detail: string;
}

export function objection(code: Objection["code"], detail: string): Objection {
  return { kind: "objection", code, detail };
}
