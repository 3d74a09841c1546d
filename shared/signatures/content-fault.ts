import type { SignatureCode } from "../domain/evidence.ts";
import { AdapterError, type AdapterErrorCode } from "../ports/adapter-error.ts";

// Faults of content: what lies there is damaged, too much or of a kind we cannot read. Every other code is a fault of the way to it.
const CONTENT_CODES: Readonly<Partial<Record<AdapterErrorCode, SignatureCode>>> = {
  malformed: "malformed",
  "too-large": "too-large",
  unsupported: "unsupported",
  // A manifest that was read names a content that is not there.
  "not-found": "malformed",
};

/**
 * The judgement that unreadable content gets, whatever the format.
 * @throws every other error as it came: absence is not proven then
 */
export function judgeFault(error: unknown): { readonly code: SignatureCode; readonly detail: string } {
  const code = error instanceof AdapterError ? CONTENT_CODES[error.code] : undefined;
  if (code === undefined || !(error instanceof AdapterError)) throw error;
  return { code, detail: error.message };
}
