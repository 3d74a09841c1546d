import type { SignatureFact } from "../../domain/evidence.ts";

/** What was found out about one signature, before it is known where it lies. `identity` only where root and identity were found right. */
export type Judgement = Omit<SignatureFact, "format" | "place">;
