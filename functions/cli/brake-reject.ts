import { decideRun } from "./decide-run.ts";
import type { Run } from "./verb.ts";

export const runReject: Run = (call) => decideRun(call, "reject");
