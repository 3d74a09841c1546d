import type { Actor } from "../domain/action.ts";
import { printImageKey } from "../domain/image-ref.ts";
import type { GuardedAct } from "../domain/proposal.ts";
import { isDeletionRun } from "../domain/run.ts";
import type { Put } from "../ports/operator.ts";
import { decideRun } from "./decide-run.ts";
import type { GateDeps } from "./deps.ts";
import { resumeActing } from "./halt.ts";

export type ActDeps = Pick<GateDeps, "runs" | "ledger" | "queue" | "clock" | "halts" | "emergencies" | "undos">;

/** What an act would do now: a sentence for people, and all that it is about. */
export type Described = { readonly kind: "described"; readonly summary: string; readonly about: unknown } | Put;

interface Act {
  describe(deps: ActDeps, subject: string): Promise<Described>;
  perform(deps: ActDeps, subject: string, by: Actor): Promise<{ readonly kind: "done" } | Put>;
}

export const GUARDED: Readonly<Record<GuardedAct, Act>> = {
  "brake-approve": {
    async describe({ runs }, id) {
      const run = await runs.find(id);
      if (run === undefined) return { kind: "not-found", why: `no run ${id} is known`, mend: "list them with `moorgate brake status`" };
      if (run.id !== id || run.state !== "stopped")
        return { kind: "refused", why: `the run is ${run.state}`, mend: "only a run that was stopped waits for an answer" };
      const images = (await runs.waiting(id)).map(printImageKey).sort();
      const then = isDeletionRun(id) ? "deleted for ever where all still speaks for it" : "held where the policy still asks for it";
      const summary = `run ${id} goes on: ${images.length === 1 ? "1 image is" : `${images.length} images are`} judged again, and ${then}`;
      return { kind: "described", summary, about: images };
    },
    async perform(deps, run, actor) {
      const decided = await decideRun(deps, { run, decision: "approved", actor });
      return decided.kind === "decided" ? { kind: "done" } : decided;
    },
  },
  resume: {
    async describe({ halts }) {
      const halt = await halts.now();
      if (halt.kind === "going") return { kind: "refused", why: "the gate is not stopped", mend: "nothing has to be done" };
      const summary = `the gate acts again, which ${halt.by.name} stopped: ${halt.by.reason}`;
      return { kind: "described", summary, about: halt };
    },
    async perform(deps, _, by) {
      const switched = await resumeActing(deps, by);
      return switched.kind === "switched" ? { kind: "done" } : switched;
    },
  },
};
