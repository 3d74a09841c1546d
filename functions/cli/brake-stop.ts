import { switchGate } from "./brake-switch.ts";
import type { Run } from "./verb.ts";

export const runBrakeStop: Run = (call) => switchGate(call, "stop");
