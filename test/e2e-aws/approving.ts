import { headSigner } from "../../functions/aws/journal-key.ts";
import { decideRun } from "../../shared/pipeline/decide-run.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import type { AwsWorld } from "./world.ts";

const ACTOR = { kind: "person", name: "on-call", reason: "they were looked at" } as const;

/**
 * A person, who lets go on what the brake stopped: what a sweep finds may be half of a young repository, or more than a run holds without asking.
 * @returns how many runs had stopped
 */
export async function approveStopped({ place, journalKey }: Pick<AwsWorld, "place" | "journalKey">): Promise<number> {
  const store = openDynamoStore({ place, signHead: headSigner({ MOORGATE_JOURNAL_KEY: journalKey }) });
  try {
    const stopped = await store.runs.list({ state: "stopped", limit: 100 });
    for (const { id } of stopped) {
      const answer = await decideRun({ ...store, clock: systemClock }, { run: id, decision: "approved", actor: ACTOR });
      if (answer.kind !== "decided") throw new Error(answer.why);
    }
    return stopped.length;
  } finally {
    await store.close();
  }
}
