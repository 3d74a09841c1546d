import { GATE, JSON_OUT } from "./options.ts";
import type { Option, Verb } from "./verb.ts";

const DECIDE: readonly Option[] = [
  { flag: "--reason <text>", text: "why; is written to the journal (required)" },
  { flag: "--actor <name>", text: "who decides, for the journal (default: your login name)" },
  ...GATE,
  JSON_OUT,
];
const RUN = ["run", "id of the run, as `moorgate runs` prints it"] as const;
const EXITS = "0 decided · 3 usage · 4 refused: not known, not stopped, or the gate does not answer";

/** What the brake stopped, and its answer. */
export const runVerbs: readonly Verb[] = [
  {
    usage: "runs",
    summary: "list runs that held something, or stopped and ask",
    story:
      "A change of policy, waivers, feeds or exported attestations, or a sweep, has images judged again: that is a run. One that would hold more than `brake` in moorgate.yaml allows stops, and its images stay free until somebody answers.",
    words: [],
    options: [...GATE, JSON_OUT],
    examples: ["moorgate runs", "moorgate runs --json"],
    exits: "0 nothing waits · 1 a run waits for an answer · 3 usage · 4 the gate does not answer",
    load: async () => (await import("./runs.ts")).runRuns,
  },
  {
    usage: "approve <run>",
    summary: "let a stopped run go on",
    story: "Its images are judged again and held where they still violate. Each hold can be undone like any other.",
    words: [RUN],
    options: DECIDE,
    examples: [
      'moorgate approve policy-3 --reason "the new rule is meant so"',
      'moorgate approve policy-3 --reason "agreed, OPS-7" --json',
    ],
    exits: EXITS,
    load: async () => (await import("./approve.ts")).runApprove,
  },
  {
    usage: "reject <run>",
    summary: "end a stopped run and leave its images free",
    story:
      "What it held before the stop stays held. The others are held for another reason or by another run, and when they are pushed again.",
    words: [RUN],
    options: DECIDE,
    examples: ['moorgate reject policy-3 --reason "the rule was a mistake"', 'moorgate reject feeds-4 --reason "not today" --json'],
    exits: EXITS,
    load: async () => (await import("./reject.ts")).runReject,
  },
];
