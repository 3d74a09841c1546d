import { runAct } from "./act.ts";
import type { Run } from "./verb.ts";

export const runUndo: Run = (call) => runAct(call, { verb: "undo", action: call.words[0] ?? "" });
