import { DECIDER, GATE, JSON_OUT } from "./options.ts";
import type { Verb } from "./verb.ts";

const PROPOSAL = ["proposal", "id of the proposal, as `moorgate proposals list` prints it"] as const;
const EXITS =
  "0 decided, or declined already · 3 usage, or the proposal is not known, not open, void or your own · 4 the gate does not answer, or does not let you";

/** Acts that take two people (`fourEyes` in moorgate.yaml). */
export const proposalVerbs: readonly Verb[] = [
  {
    usage: "proposals list",
    summary: "list what one person asked for and another has to confirm",
    story: "What takes two people is named under `fourEyes` in moorgate.yaml. The first one's request waits here for 24 hours.",
    words: [],
    options: [...GATE, JSON_OUT],
    examples: ["moorgate proposals list", "moorgate proposals list --json"],
    exits: "0 nothing waits · 1 something waits · 3 usage · 4 the gate does not answer",
    load: async () => (await import("./proposals.ts")).runProposals,
  },
  {
    usage: "proposals confirm <proposal>",
    summary: "do what another person asked for",
    story:
      "Takes a token of your own with the role approver. It is done as it was seen: where the images concerned, the run or the policy are others by now, the proposal is void and nothing is done.",
    words: [PROPOSAL],
    options: DECIDER,
    examples: [
      'moorgate proposals confirm proposal-3 --reason "agreed" --url https://gate.example --token-file ben.token',
      'moorgate proposals confirm proposal-3 --reason "agreed, OPS-7" --json',
    ],
    exits: EXITS,
    load: async () => (await import("./proposals.ts")).runConfirm,
  },
  {
    usage: "proposals decline <proposal>",
    summary: "do not do what another person asked for",
    story: "Takes the role approver. Nothing is changed; the act can be asked for again.",
    words: [PROPOSAL],
    options: DECIDER,
    examples: ['moorgate proposals decline proposal-3 --reason "not today"', 'moorgate proposals decline proposal-3 --reason "no" --json'],
    exits: EXITS,
    load: async () => (await import("./proposals.ts")).runDecline,
  },
];
