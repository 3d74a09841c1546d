import * as z from "zod";
import { toOcsf } from "../audit/ocsf.ts";
import type { AuditEvent, JournalEntry } from "../domain/audit-event.ts";

const key = z.looseObject({ registry: z.string(), repository: z.string(), digest: z.string() });
// The hash covers the event as it stands: nothing of it is dropped, and only what names its chain is looked at.
const event = z.custom<AuditEvent>((value) => z.looseObject({ kind: z.string(), image: key.optional() }).safeParse(value).success, {
  error: "is no event",
});
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const ENTRY = z.strictObject({ sequence: z.int(), chain: z.string(), index: z.int(), previousHash: hash, hash, event });

/** A journal entry that left the store as JSON. @throws ZodError */
export function readEntry(value: unknown): JournalEntry {
  return ENTRY.parse(value);
}

/** The same entry as the SIEM gets it: OCSF 1.8.0. `version`: that of the program. @throws ZodError */
export function entryAsOcsf(value: unknown, version: string): unknown {
  return toOcsf(readEntry(value), { version });
}
