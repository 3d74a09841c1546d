import { summary } from "../audit/record.ts";
import { isUrgent } from "../audit/run-news.ts";
import type { RunNews } from "../domain/run-news.ts";
import { add, type Duration, parseDuration } from "../domain/time.ts";
import type { GateDeps } from "./deps.ts";
import { groupOfRun } from "./work.ts";

type TellDeps = Pick<GateDeps, "runs" | "queue" | "registries" | "clock">;

/** A run in which nothing happened for so long, and nothing waits, has come to an end for now. */
const QUIET: Duration = parseDuration("3s");
/** Nobody waits longer than this for the alert of a run that goes on. */
const LATEST: Duration = parseDuration("1m");

/** Tells of each run, in one event, what happened to its images: when it has come to an end, or goes on for long. */
export async function tellRuns(deps: TellDeps): Promise<void> {
  for (const { run, since, lastAt } of await deps.runs.untold()) {
    const now = deps.clock.now();
    const isSettled = now >= add(lastAt, QUIET) && !(await isUnderWay(deps, run));
    if (!isSettled && now < add(since, LATEST)) continue;
    await deps.runs.tell(run, isSettled, (news) => (isSettled || isNewAlert(news) ? summary(news, isSettled, now) : undefined));
  }
}

/** A run that goes on for hours is told once before its end, and not each minute. */
function isNewAlert(news: RunNews): boolean {
  return !news.isAlerted && isUrgent(news);
}

async function isUnderWay({ queue, registries }: TellDeps, run: string): Promise<boolean> {
  for (const host of registries.keys()) {
    for (const isInUse of [false, true]) if ((await queue.depthOf(groupOfRun(run, host, isInUse))).open > 0) return true;
  }
  return false;
}
