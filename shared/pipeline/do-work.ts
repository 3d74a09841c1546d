import type { Job } from "../ports/work-queue.ts";
import { admit } from "./admit.ts";
import type { Attempt } from "./carry-out.ts";
import type { GateDeps } from "./deps.ts";
import type { WorkOutcome } from "./outcome.ts";
import { goOn } from "./undo.ts";
import { UNDO } from "./undo-work.ts";
import { readJudgeWork } from "./work.ts";

/** Does a piece of queued work, by its kind. @throws z.ZodError on work of another version of the program. */
export async function doWork(deps: GateDeps, { kind, payload }: Pick<Job, "kind" | "payload">, attempt: Attempt): Promise<WorkOutcome> {
  return kind === UNDO ? goOn(deps, payload, attempt) : admit(deps, readJudgeWork(payload), attempt);
}
