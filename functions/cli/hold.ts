import { runAct } from "./act.ts";
import type { Run } from "./verb.ts";

export const runHold: Run = (call) => runAct(call, { verb: "hold", image: call.words[0] ?? "" });
