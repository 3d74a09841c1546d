import { switchGate } from "./brake-switch.ts";
import type { Run } from "./verb.ts";

export const runBrakeResume: Run = (call) => switchGate(call, "resume");
