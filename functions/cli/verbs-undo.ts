import { GATE, JSON_OUT } from "./options.ts";
import type { Verb } from "./verb.ts";

export const undoVerbs: readonly Verb[] = [
  {
    usage: "undo [what]",
    summary: "take back an action, a run, all that a policy did, or everything since a time",
    story:
      "Shows the plan first: what is taken back and in which order, what cannot be any more or was decided otherwise since, and why. Then it asks, does exactly that plan, and says what became of each step. Where the world changed in between, nothing is done. A large undo goes on in the gate when this command ends. What an undo did is taken back with another: moorgate undo undo-4.",
    words: [
      [
        "what",
        "id of an action (verb:registry/repository@digest:generation), of a run (policy-3) or of an undo (undo-4), or the version of a policy (six digits or more)",
      ],
    ],
    options: [
      { flag: "--since <time>", text: "all that was done since: 2026-11-21T08:00:00Z, or for how long: 2h, 3d" },
      { flag: "--report", text: "say what became of an undo that was begun: moorgate undo undo-4 --report" },
      { flag: "--background", text: "do not wait for its end" },
      { flag: "--reason <text>", text: "why; is written to the journal (required but for a dry run)" },
      { flag: "--actor <name>", text: "who acts, for the journal (default: your login name)" },
      { flag: "--dry-run", text: "show the plan and stop; exit 1 when it would change something" },
      { flag: "--yes", text: "do not ask (for scripts)" },
      ...GATE,
      JSON_OUT,
    ],
    examples: [
      'moorgate undo hold:127.0.0.1:5055/shop/api@sha256:4c1f...:1 --reason "wrong image"',
      "moorgate undo 3fa2c1d09b7e --dry-run",
      'moorgate undo --since 2h --reason "bad feed" --yes --json',
    ],
    exits:
      "0 all done, it was taken back already, or nothing was done since · 1 not all done: dry run, the answer was no, steps that failed or were left, or nothing of it can be taken back · 3 usage, or what is named is not known · 4 the world changed since the plan, or the gate does not answer or let you",
    load: async () => (await import("./undo.ts")).runUndo,
  },
];
