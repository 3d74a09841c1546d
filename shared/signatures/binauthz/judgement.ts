import type { SignatureFact } from "../../domain/evidence.ts";

/** What was found out about one signature, before it is known where it lies. `identity`: name of the attestor; only with `ok`. */
export type Judgement = Omit<SignatureFact, "format" | "place">;
