import type * as z from "zod";
import type { Workload } from "../domain/usage.ts";
import type { ReadUsage } from "../ports/usage-reader.ts";
import { whyMalformed } from "../runtime/lenient.ts";

/** The tag by which a resource of a cloud says whom to tell. */
export const OWNER_TAG = "moorgate.dev/owner";

export function workload(name: string, owner: string | undefined): Workload {
  return { name, ...(owner === undefined || owner === "" ? {} : { owner }) };
}

/** Every document has to be of the schema: half of what runs would be taken for all of it. */
export function readAll<T>(
  schema: z.ZodType<T>,
  documents: readonly unknown[],
  what: string,
  command: string,
  read: (values: readonly T[]) => ReadUsage,
): ReadUsage {
  const values: T[] = [];
  for (const document of documents) {
    const found = schema.safeParse(document);
    if (!found.success) return malformed(whyMalformed(what, found.error.issues), command);
    values.push(found.data);
  }
  return read(values);
}

export function malformed(why: string, command: string): ReadUsage {
  return { kind: "malformed", why, mend: `give the unchanged output of \`${command}\`` };
}
