import { halted as haltedEvent } from "../audit/record.ts";
import type { Actor } from "../domain/action.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { Instant } from "../domain/time.ts";
import { isOfGate } from "../enforcement/guard.ts";
import type { Switched } from "../ports/operator.ts";
import type { GateDeps } from "./deps.ts";
import { type Prepared, without } from "./prepare.ts";
import { resumeUndos } from "./undo-work.ts";
import { type JudgeWork, rejudge } from "./work.ts";

type SwitchDeps = Pick<GateDeps, "halts" | "ledger" | "queue" | "clock" | "undos">;

/** Images of one page, and jobs of one transaction. */
const BATCH = 500;

/** Stops all that the gate does of itself, in every process of the store, from the next act on. */
export async function stopActing({ halts, ledger, clock }: Pick<SwitchDeps, "halts" | "ledger" | "clock">, by: Actor): Promise<Switched> {
  const before = await halts.now();
  if (before.kind === "halted") {
    // Whoever was cut off right after he had stopped it comes by here: an event that was told is no second one.
    await ledger.append([haltedEvent("stopped", before.by, before.since)]);
    return { kind: "refused", why: `${before.by.name} has stopped it already: ${before.by.reason}`, mend: "nothing has to be done" };
  }
  const at = clock.now();
  // Asked for in one turn, so that a store that can writes them together.
  await Promise.all([halts.halt(by, at), ledger.append([haltedEvent("stopped", by, at)])]);
  return { kind: "switched", halt: await halts.now(), queued: 0 };
}

/** Lets the gate act again. What it was kept from is judged again first: what was mended meanwhile is not held. */
export async function resumeActing(deps: SwitchDeps, by: Actor): Promise<Switched> {
  const { halts, ledger, clock } = deps;
  if ((await halts.now()).kind === "going") return { kind: "refused", why: "the gate is not stopped", mend: "nothing has to be done" };
  await Promise.all([halts.resume(), ledger.append([haltedEvent("resumed", by, clock.now())])]);
  // Should the process end here, the sweep finds the rest.
  const queued = await queueKept(deps);
  await resumeUndos(deps, clock.now());
  return { kind: "switched", halt: await halts.now(), queued };
}

/** Each in the run that it belongs to, so that the brake counts it there. */
async function queueKept({ ledger, queue, clock }: SwitchDeps): Promise<number> {
  let count = 0;
  let after: string | undefined;
  do {
    const page = await ledger.images({ limit: BATCH, ...(after === undefined ? {} : { after }) });
    const kept = page.items.filter(({ isHalted, presence }) => isHalted === true && presence === "present");
    const now = clock.now();
    const work = kept.map(({ key, run }) => rejudge(key, "event", now, run));
    if (work.length > 0) await queue.put(work, now);
    count += work.length;
    after = page.next;
  } while (after !== undefined);
  return count;
}

/**
 * Takes the act out of a step of the gate's own while it is halted, and out of a run, whoever began it; the verdict stays, and the image is
 * remembered.
 */
export async function unlessHalted({ halts }: Pick<GateDeps, "halts">, { run }: JudgeWork, prepared: Prepared): Promise<Prepared> {
  const { action } = prepared;
  const isStopped = action !== undefined && (isOfGate(action) || run !== undefined);
  if (!isStopped || (await halts.now()).kind === "going") return prepared;
  return without(prepared, "isHalted");
}

/** Whoever let the gate go on while the step was written did not see this image. */
export async function unlessResumed(
  { halts, queue }: Pick<SwitchDeps, "halts" | "queue">,
  record: ImageRecord,
  now: Instant,
): Promise<void> {
  if (record.isHalted !== true || (await halts.now()).kind === "halted") return;
  await queue.put([rejudge(record.key, "event", now, record.run)], now);
}
