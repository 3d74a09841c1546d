import { runAct } from "./act.ts";
import type { Run } from "./verb.ts";

export const runRelease: Run = (call) => runAct(call, { verb: "release", image: call.words[0] ?? "" });
