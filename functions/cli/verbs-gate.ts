import { GATE, JSON_OUT, STATE } from "./options.ts";
import type { Verb } from "./verb.ts";

export const gateVerbs: readonly Verb[] = [
  {
    usage: "up",
    summary: "run the gate on this machine: registry, doors, dashboard",
    story:
      "Starts an embedded registry, the gate in front of it and the dashboard, all on loopback. State is kept in a folder: a second start continues where the first stopped. The embedded registry is enforced at once; any other registry starts in dry-run. Stop with Ctrl-C.",
    words: [],
    options: [
      STATE,
      { flag: "--port <number>", text: "port of the gate; 0 takes a free one" },
      { flag: "--registry-port <number>", text: "port of the embedded registry; 0 takes a free one" },
      { flag: "--host <address>", text: "address to listen on (default: 127.0.0.1)" },
      { flag: "--policy <file>", text: "policy to enforce (default: policy.yaml in the state folder)" },
      { flag: "--demo", text: "push a few sample images at the first start" },
      { flag: "--json", text: "print one line of JSON when ready, and nothing else" },
    ],
    examples: [
      "moorgate up --demo",
      "moorgate up --state /var/lib/moorgate --port 8080 --registry-port 5000 --policy policy.yaml",
      "moorgate up --json --port 0 --registry-port 0",
    ],
    exits: "0 stopped in order · 3 usage or configuration · 4 could not run (a taken port, a folder that cannot be written)",
    load: async () => (await import("./up.ts")).runUp,
  },
  {
    usage: "journal tail",
    summary: "show what the gate decided and did, newest last",
    story: "Reads the journal of the running gate.",
    words: [],
    options: [
      { flag: "--follow", text: "keep printing what comes; stop with Ctrl-C" },
      { flag: "--lines <number>", text: "how many of the last entries to begin with (default: 20)" },
      { flag: "--after <sequence>", text: "only entries after this sequence number" },
      { flag: "--heads", text: "with --json: everything, then the signed end of every chain, for `journal verify --file`" },
      { flag: "--ocsf", text: "print OCSF 1.8.0 events, one JSON object a line" },
      ...GATE,
      { flag: "--json", text: "print journal entries, one JSON object a line" },
    ],
    examples: [
      "moorgate journal tail --follow",
      "moorgate journal tail --json --heads > journal.ndjson",
      "moorgate journal tail --follow --ocsf",
    ],
    exits: "0 fine · 3 usage · 4 the gate does not answer",
    load: async () => (await import("./journal-tail.ts")).runJournalTail,
  },
  {
    usage: "journal verify",
    summary: "prove offline that the journal is whole",
    story:
      "Recomputes every hash of every chain and checks the signed heads; needs no running gate. A changed, removed or exchanged entry is named.\nWithout --file it reads the gate's store: what ./moorgate.yaml names, else the file in the state folder; with --file an export (`moorgate journal tail --json --heads`) and the gate's public key.",
    words: [],
    options: [
      STATE,
      { flag: "--file <file>", text: "an export: one JSON journal entry or signed head a line" },
      { flag: "--key <file>", text: "public key of the heads (PEM); with --file" },
      JSON_OUT,
    ],
    examples: [
      "moorgate journal verify",
      "moorgate journal verify --state /var/lib/moorgate --json",
      "moorgate journal verify --file journal.ndjson --key journal-key.pub",
    ],
    exits: "0 whole · 1 broken · 2 whole as far as it goes, but no signed head proves its end · 3 usage · 4 cannot be read",
    load: async () => (await import("./journal-verify.ts")).runJournalVerify,
  },
  {
    usage: "sweep",
    summary: "look for images that no event announced",
    story: "Asks the running gate to compare its registries with what it knows now instead of at the next scheduled time.",
    words: [],
    options: [...GATE, JSON_OUT],
    examples: ["moorgate sweep", "moorgate sweep --json"],
    exits: "0 everything was seen · 2 a registry could not be read whole · 3 usage · 4 the gate does not answer",
    load: async () => (await import("./sweep.ts")).runSweep,
  },
  {
    usage: "doctor",
    summary: "check state, policy, ports, registries and how they are set up, and say what to mend",
    story:
      "Looks and changes nothing, but for one small file in the state folder that it writes, syncs and removes. How registries of Amazon ECR are set up is held against what the policy needs.",
    words: [],
    options: [STATE, { flag: "--policy <file>", text: "policy to check (default: as `moorgate up` would take it)" }, JSON_OUT],
    examples: ["moorgate doctor", "moorgate doctor --state /var/lib/moorgate --json"],
    exits: "0 all well · 1 something has to be mended · 2 something could not be found out · 3 usage",
    load: async () => (await import("./doctor.ts")).runDoctor,
  },
  {
    usage: "init [folder]",
    summary: "write a policy and a configuration to start from",
    story: "Writes policy.yaml (the baseline, in dry-run) and moorgate.yaml, both with comments. Never overwrites a file.",
    words: [["folder", "where to (default: this folder)"]],
    options: [JSON_OUT],
    examples: ["moorgate init", "moorgate init ./gate"],
    exits: "0 written · 3 a file is there already · 4 cannot be written",
    load: async () => (await import("./init.ts")).runInit,
  },
];
