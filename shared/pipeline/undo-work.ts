import * as z from "zod";
import { isRegistryHost, isRepository, type RegistryHost, type Repository } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { Work } from "../ports/work-queue.ts";
import type { GateDeps } from "./deps.ts";

/** Take the next step of an undo in one repository. */
export interface UndoWork {
  readonly undo: string;
  readonly registry: RegistryHost;
  readonly repository: Repository;
}

export const UNDO = "undo";

const schema = z.object({
  undo: z.string(),
  registry: z.custom<RegistryHost>((value) => typeof value === "string" && isRegistryHost(value)),
  repository: z.custom<Repository>((value) => typeof value === "string" && isRepository(value)),
});

export function undoWork(work: UndoWork, notBefore: Instant): Work & { readonly notBefore: Instant } {
  const place = `${work.registry}/${work.repository}`;
  return { kind: UNDO, key: `${work.undo} in ${place}`, group: place, payload: JSON.stringify(work), notBefore };
}

/** @throws z.ZodError on a payload of another version of the program. */
export function readUndoWork(payload: string): UndoWork {
  return schema.parse(JSON.parse(payload));
}

/** Undos that a crash, a long failure of a registry or a stop of the gate left without a job. */
export async function resumeUndos({ undos, queue }: Pick<GateDeps, "undos" | "queue">, now: Instant): Promise<void> {
  const jobs = (await undos.open()).flatMap(({ id, places }) => places.map((where) => undoWork({ undo: id, ...where }, now)));
  if (jobs.length > 0) await queue.put(jobs, now);
}
