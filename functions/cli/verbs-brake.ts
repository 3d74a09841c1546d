import { DECIDER, GATE, JSON_OUT } from "./options.ts";
import type { Verb } from "./verb.ts";

const RUN = ["run", "id of the run, as `moorgate brake status` prints it"] as const;
const EXITS =
  "0 decided, or it was so already · 1 it takes two people, and waits for the other · 3 usage, or the run is not known or not stopped · 4 the gate does not answer, or does not let you";

/** What the brake stopped, and its answer. */
export const brakeVerbs: readonly Verb[] = [
  {
    usage: "brake status",
    summary: "show what the gate may hold, and what was stopped and asks",
    story:
      "A change of policy, waivers, feeds or exported attestations, or a sweep, has images judged again: that is a run. One that would hold more than `brake` in moorgate.yaml allows stops before it does, and its images stay free until somebody answers. Shows the limits, whether the gate acts at all, what runs held this hour, and each run that waits with its images, those in use first.",
    words: [],
    options: [...GATE, JSON_OUT],
    examples: ["moorgate brake status", "moorgate brake status --json"],
    exits: "0 nothing waits · 1 a run waits for an answer · 3 usage · 4 the gate does not answer",
    load: async () => (await import("./brake-status.ts")).runBrakeStatus,
  },
  {
    usage: "brake approve <run>",
    summary: "let a stopped run go on",
    story: "Its images are judged again and held where they still violate. Each hold can be undone like any other.",
    words: [RUN],
    options: DECIDER,
    examples: [
      'moorgate brake approve policy-3 --reason "the new rule is meant so"',
      'moorgate brake approve policy-3 --reason "agreed, OPS-7" --json',
    ],
    exits: EXITS,
    load: async () => (await import("./brake-approve.ts")).runApprove,
  },
  {
    usage: "brake reject <run>",
    summary: "end a stopped run and leave its images free",
    story:
      "What it held before the stop stays held. The others are held for another reason or by another run, and when they are pushed again.",
    words: [RUN],
    options: DECIDER,
    examples: [
      'moorgate brake reject policy-3 --reason "the rule was a mistake"',
      'moorgate brake reject feeds-4 --reason "not today" --json',
    ],
    exits: EXITS,
    load: async () => (await import("./brake-reject.ts")).runReject,
  },
];
