import { GATE, JSON_OUT } from "./options.ts";
import type { Verb } from "./verb.ts";

const REGISTRY = ["registry", "host of the registry, as moorgate.yaml has it"] as const;

/** A registry that had images before the gate came. */
export const takeOverVerbs: readonly Verb[] = [
  {
    usage: "takeover status [registry]",
    summary: "how far a registry is listed, judged and seen, and what is next",
    story:
      "A registry that has images when the gate first meets it is being taken over: they are listed and judged, those in use first, and nothing is held until somebody has seen what would be. One that is empty is enforced from the first push on.",
    words: [REGISTRY],
    options: [{ flag: "--follow", text: "tell how far it is until all that was found is judged" }, ...GATE, JSON_OUT],
    examples: ["moorgate takeover status", "moorgate takeover status registry.example:5000 --follow"],
    exits:
      "0 the gate is in charge everywhere · 1 a registry is being taken over · 2 one cannot be listed · 3 usage, or the gate does not watch it · 4 the gate does not answer",
    load: async () => (await import("./takeover-status.ts")).runTakeOverStatus,
  },
  {
    usage: "takeover plan <registry>",
    summary: "see what enforcing would do to all that lies there",
    story:
      "Judges what is stored by the policy in force as though it were enforced, and decides of each image what the gate would do, by the same steps that do it afterwards. Changes nothing in the registry. The journal keeps who has seen which plan: only that can be confirmed.",
    words: [REGISTRY],
    options: [{ flag: "--actor <name>", text: "who looks at it, for the journal (default: your login name)" }, ...GATE, JSON_OUT],
    examples: ["moorgate takeover plan registry.example:5000", "moorgate takeover plan registry.example:5000 --json"],
    exits:
      "0 nothing would be held, or the gate is in charge already · 1 something would be held, or get a deadline · 2 not all that lies there is judged · 3 usage, or the gate does not watch it · 4 the gate does not answer, or does not let you",
    load: async () => (await import("./takeover-plan.ts")).runTakeOverPlan,
  },
  {
    usage: "takeover confirm <registry>",
    summary: "put the gate in charge: what the plan showed is done",
    story:
      "Refused unless all that lies there was listed and judged, the plan of the policy in force was seen after that, and nothing would be held that it did not show; fewer holds are no objection. All images are judged again as one run, which the brake counts: it stops and asks where that is a lot.",
    words: [REGISTRY],
    options: [
      { flag: "--reason <text>", text: "why; is written to the journal (required)" },
      { flag: "--actor <name>", text: "who decides, for the journal (default: your login name)" },
      ...GATE,
      JSON_OUT,
    ],
    examples: [
      'moorgate takeover confirm registry.example:5000 --reason "seen with the teams, OPS-7"',
      'moorgate takeover confirm registry.example:5000 --reason "agreed" --json',
    ],
    exits:
      "0 the gate is in charge · 3 usage, or something has to be done first: it is said what · 4 the gate does not answer, or does not let you",
    load: async () => (await import("./takeover-confirm.ts")).runTakeOverConfirm,
  },
  {
    usage: "takeover scans <registry>",
    summary: "list what nobody has scanned, in use first, with what scanning it takes",
    story:
      "Prints one reference a line, to be given to a scanner: what runs first, then what was pulled lately, then the newest. An index is listed by its platforms. How many they are, how many bytes and what that costs at a price goes to stderr.\nGoogle publishes 0.26 USD for each digest that Artifact Analysis scans (cloud.google.com/artifact-analysis/pricing); the price of another scanner is on its own page.",
    words: [REGISTRY],
    options: [
      { flag: "--limit <number>", text: "so many at most" },
      { flag: "--price-per-image <amount>", text: "what one scan costs, for the estimate: 0.26" },
      { flag: "--currency <code>", text: "of the price (default: USD)" },
      ...GATE,
      JSON_OUT,
    ],
    examples: [
      "moorgate takeover scans registry.example:5000 --price-per-image 0.26 --limit 500",
      "moorgate takeover scans registry.example:5000 --json",
    ],
    exits:
      "0 listed, also where nothing has to be scanned · 2 listed what is known so far, which is not all · 3 usage, or the gate does not watch it · 4 the gate does not answer",
    load: async () => (await import("./takeover-scans.ts")).runTakeOverScans,
  },
];
