import type { SignatureCode } from "../../domain/evidence.ts";
import { AdapterError, type AdapterErrorCode } from "../../ports/adapter-error.ts";

/** What was found out about one signature, before it is known where it lies. */
export interface Judgement {
  readonly code: SignatureCode;
  readonly detail: string;
  /** Subject of the signer's certificate; only with `ok`, and only where root and identity were found right. */
  readonly identity?: string;
}

// Faults of content: what lies there is damaged, too much or of a kind we cannot read. Every other code is a fault of the way to it.
const CONTENT_CODES: Readonly<Partial<Record<AdapterErrorCode, SignatureCode>>> = {
  malformed: "malformed",
  "too-large": "too-large",
  unsupported: "unsupported",
  // A manifest that was read names a content that is not there.
  "not-found": "malformed",
};

/**
 * The judgement that unreadable content gets.
 * @throws every other error as it came: absence is not proven then
 */
export function judgeFault(error: unknown): Judgement {
  const code = error instanceof AdapterError ? CONTENT_CODES[error.code] : undefined;
  if (code === undefined || !(error instanceof AdapterError)) throw error;
  return { code, detail: error.message };
}
