import { parseHoldTarget } from "../../shared/policy/emergency/query.ts";
import { runAct } from "./act.ts";
import { runEmergency } from "./hold-emergency.ts";
import type { Run } from "./verb.ts";

export const runHold: Run = async (call) => {
  const word = call.words[0] ?? "";
  const everywhere = call.flags.on("everywhere");
  if (!everywhere && parseHoldTarget(word).kind === "image") return runAct(call, { verb: "hold", image: word });
  return runEmergency(call, { query: word, everywhere, inUse: call.flags.on("inUse") });
};
