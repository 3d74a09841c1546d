import { JSON_OUT, MARKDOWN, STATE } from "./options.ts";
import { POLICY_EXAMPLES } from "./policy-examples.ts";
import type { Verb } from "./verb.ts";

export const policyVerbs: readonly Verb[] = [
  {
    usage: "simulate",
    summary: "see what another policy would change, before it is in force",
    story:
      "Judges every stored image by both policies, with the facts that were known then, and says what differs: by rule, team and repository. Changes nothing and needs no running gate.\nA dry run is compared as though it were enforced. Which images run is not known yet, and said to be unknown. A day in the future judges today's facts by that day's clock.",
    words: [],
    options: [
      { flag: "--policy <file>", text: "the new policy (required)" },
      { flag: "--against <file>", text: "the policy to compare with (default: policy.yaml in the state folder)" },
      { flag: "--as-of <day>", text: "what was known at the end of that day, or at a whole time (default: now)" },
      { flag: "--repository <pattern>", text: "only these repositories; * stands for any text within one path part, ** for any parts" },
      STATE,
      MARKDOWN,
      JSON_OUT,
    ],
    examples: [
      "moorgate simulate --policy strict.yaml",
      "moorgate simulate --policy new.yaml --against old.yaml --as-of 2026-10-01 --repository shop/** --markdown",
    ],
    exits:
      "0 nothing would be newly held · 1 something would be newly held · 2 nothing is stored as of then · 3 usage or policy · 4 the store cannot be read",
    load: async () => (await import("./simulate.ts")).runSimulate,
  },
  {
    usage: "policy init [file]",
    summary: "write a policy to start from",
    story: "Writes one of the examples, with comments and the controls that each rule serves. Never overwrites a file.",
    words: [["file", "where to (default: policy.yaml)"]],
    options: [{ flag: "--from <example>", text: `${POLICY_EXAMPLES.join(", ")} (default: baseline)` }, JSON_OUT],
    examples: ["moorgate policy init", "moorgate policy init prod.yaml --from strict"],
    exits: "0 written · 3 the file is there already, or no such example · 4 cannot be written",
    load: async () => (await import("./policy-init.ts")).runPolicyInit,
  },
  {
    usage: "policy check <file...>",
    summary: "say everything that is wrong in policy files",
    story:
      "Reads each file as the gate would, with the keys that it names, and tells every problem of every file: where, what, and what to write instead.",
    words: [["file", "one or more policy files"]],
    options: [JSON_OUT],
    examples: ["moorgate policy check policy.yaml", "moorgate policy check infra/policies/baseline.yaml infra/policies/strict.yaml --json"],
    exits: "0 all are valid · 3 a file has a problem",
    load: async () => (await import("./policy-check.ts")).runPolicyCheck,
  },
  {
    usage: "policy import <file>",
    summary: "explain a policy of Google's Binary Authorization, and make a policy of it",
    story:
      "Reads the policy of a project, or one of continuous validation (check sets), as gcloud prints it in YAML or JSON. Says on stderr what it does, and prints as much of it as rules of Moorgate can say, as a dry run. What has no counterpart is left out, and told with its place.",
    words: [["file", "what `gcloud container binauthz policy export` prints, or a platform policy"]],
    options: [JSON_OUT],
    examples: ["moorgate policy import binauthz.yaml > policy.yaml", "moorgate policy import platform-policy.json --json"],
    exits: "0 everything was taken over · 1 something was left out · 3 usage, or no such policy",
    load: async () => (await import("./policy-import.ts")).runPolicyImport,
  },
  {
    usage: "policy test <path...>",
    summary: "judge made-up images and compare with what is expected",
    story:
      "Runs test files (*-test.yaml; of a folder all that are in it). A test says what is known of an image and which verdict the policy has to give; what it does not say is that of an image scanned an hour ago and clean. Needs no gate and no registry.",
    words: [["path", "test files or folders"]],
    options: [JSON_OUT],
    examples: ["moorgate policy test policy-test.yaml", "moorgate policy test policies --json"],
    exits: "0 all pass · 1 a test fails · 3 a test file or its policy has a problem",
    load: async () => (await import("./policy-test.ts")).runPolicyTests,
  },
  {
    usage: "policy schema",
    summary: "print the JSON Schema of policy files, for editors",
    story:
      "JSON Schema, draft 2020-12, made of the schema that reads the files. In a YAML file, name it in the first line: # yaml-language-server: $schema=policy.schema.json",
    words: [],
    options: [
      { flag: "--included", text: "that of files which a policy includes: rules for a part of the images" },
      { flag: "--waivers", text: "that of files of waivers" },
      { flag: "--tests", text: "that of test files" },
      { flag: "--json", text: "print it in one line" },
    ],
    examples: ["moorgate policy schema > policy.schema.json", "moorgate policy schema --tests > policy-test.schema.json"],
    exits: "0 fine · 3 usage",
    load: async () => (await import("./policy-schema.ts")).runPolicySchema,
  },
];
