import type { RevocationLimits } from "../ports/revocation-store.ts";

/** A list of a large authority is some megabytes, an answer about one certificate a kilobyte. */
export const REVOCATION_LIMITS: RevocationLimits = { answers: 2_000, bytes: 256 * 1024 * 1024 };
