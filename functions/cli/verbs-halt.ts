import { DECIDER } from "./options.ts";
import type { Verb } from "./verb.ts";

const EXITS =
  "0 done, or it was so already · 1 it takes two people, and waits for the other · 3 usage · 4 the gate does not answer, or does not let you";

/** The switch for everything at once. */
export const haltVerbs: readonly Verb[] = [
  {
    usage: "brake stop",
    summary: "stop all that the gate does of itself, at once",
    story:
      "From the next act on, in every process that shares the store: nothing is held, released, moved or deleted because the policy says so, also not in the middle of a run. Images are judged and told as before, and people may hold and release. It stays so, over restarts too, until `moorgate brake resume`.",
    words: [],
    options: DECIDER,
    examples: ['moorgate brake stop --reason "the new rule holds what it should not"', 'moorgate brake stop --reason "INC-12" --json'],
    exits: EXITS,
    load: async () => (await import("./brake-stop.ts")).runBrakeStop,
  },
  {
    usage: "brake resume",
    summary: "let the gate act again after a stop",
    story:
      "What it was kept from is judged again first, each image in the run that it belongs to: what was mended meanwhile is not held, and a run that would hold too much stops and asks as always.",
    words: [],
    options: DECIDER,
    examples: ['moorgate brake resume --reason "the rule is mended"', 'moorgate brake resume --reason "INC-12 is over" --json'],
    exits: EXITS,
    load: async () => (await import("./brake-resume.ts")).runBrakeResume,
  },
];
