import * as z from "zod";
import { checkShape } from "../strict.ts";
import { apiBytes } from "./bytes.ts";

// An attestation has one signature or a few; whoever may write occurrences may write what they like.
const MAX_SIGNATURES = 100;
// Of base64; signed messages in armor are encoded twice.
const MAX_TEXT = 3 * 1024 * 1024;

const capped = z.string().max(MAX_TEXT).pipe(apiBytes);
const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === "";

// Container Analysis v1, `Occurrence`: what is used of it. An empty text is how the API says that there is none.
const occurrenceShape = z.object({
  name: z.string().max(1024),
  resourceUri: z.string().max(2048),
  noteName: z.string().max(1024),
  kind: z.string().max(64),
  attestation: z.object({
    serializedPayload: z.preprocess((value) => (isEmpty(value) ? undefined : value), capped.optional()),
    signatures: z
      .array(z.object({ publicKeyId: z.string().max(2048).default(""), signature: capped }))
      .max(MAX_SIGNATURES)
      .default([]),
    jwts: z.array(z.unknown()).max(MAX_SIGNATURES).default([]),
  }),
});

export type Occurrence = z.output<typeof occurrenceShape>;

/** @throws AdapterError malformed */
export function readOccurrence(document: unknown): Occurrence {
  return checkShape(document, occurrenceShape, "occurrence");
}

const nameShape = z.object({ name: z.string().min(1).max(1024) });

/** Name of an occurrence that may be unreadable otherwise. */
export function nameOf(document: unknown): string {
  const read = nameShape.safeParse(document);
  return read.success ? read.data.name : "an occurrence without a name";
}
