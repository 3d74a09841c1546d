import { decideRun } from "./decide-run.ts";
import type { Run } from "./verb.ts";

export const runApprove: Run = (call) => decideRun(call, "approve");
