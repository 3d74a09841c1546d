import { JSON_OUT, STATE } from "./options.ts";
import type { Option, Verb } from "./verb.ts";

const POLICY: Option = {
  flag: "--policy <file>",
  text: "the policy (default: policy.yaml in the state folder); waivers.yaml lies beside it",
};
const WHO: readonly Option[] = [
  { flag: "--owner <team>", text: "who has to act before it ends (required)" },
  { flag: "--approved-by <name>", text: "who approves it (required)" },
  { flag: "--ticket <id>", text: "where it is followed up" },
];

export const waiverVerbs: readonly Verb[] = [
  {
    usage: "waiver add <image>",
    summary: "live with findings of an image, for a time",
    story:
      "Looks up what the gate knows of the image, and writes one waiver for each finding that is named into waivers.yaml beside the policy: for this finding in this package and version, in this repository. A waiver that would not count is not written, and it is said why. Void at once when a fix appears, when it gets known as exploited, when its severity rises or the package changes.",
    words: [["image", "registry/repository:tag or @digest, as the gate knows it"]],
    options: [
      {
        flag: "--vulnerability <id>",
        text: "which finding, by CVE, GHSA or the scanner's own id (required); may be given several times",
        repeats: true,
      },
      { flag: "--package <name>", text: "only in this package" },
      { flag: "--reason <text>", text: "why it can be lived with (required)" },
      ...WHO,
      { flag: "--second-approved-by <name>", text: "second pair of eyes, where the policy demands one" },
      { flag: "--until <day>", text: "first day on which it no longer counts (default: the longest time that the policy allows)" },
      { flag: "--even-if-fixed", text: "let it count although there is a fix" },
      { flag: "--even-if-exploited", text: "let it count although attacks are known" },
      { flag: "--dry-run", text: "print the waivers and write nothing; exit 1" },
      POLICY,
      STATE,
      JSON_OUT,
    ],
    examples: [
      'moorgate waiver add 127.0.0.1:5055/shop/api:1.0 --vulnerability CVE-2025-0999 --reason "not reachable" --owner platform --approved-by app-sec --ticket SEC-41',
      "moorgate waiver add 127.0.0.1:5055/shop/api:1.0 --vulnerability CVE-2025-0999 --reason drill --owner platform --approved-by app-sec --until 2026-12-31 --dry-run",
    ],
    exits: "0 written · 1 dry run · 3 usage, or the waiver would not count · 4 the image is not known, or the store cannot be read",
    load: async () => (await import("./waiver-add.ts")).runWaiverAdd,
  },
  {
    usage: "waiver list",
    summary: "show the waivers of a policy",
    story: "Reads the policy with its waiver files, in the order in which they end.",
    words: [],
    options: [POLICY, STATE, JSON_OUT],
    examples: ["moorgate waiver list", "moorgate waiver list --policy infra/policy.yaml --json"],
    exits: "0 fine · 3 usage or policy",
    load: async () => (await import("./waiver-list.ts")).runWaiverList,
  },
  {
    usage: "waiver check",
    summary: "say which waivers need somebody: ended, ending, void, unused, too broad",
    story: "Judges every stored image by the policy and looks at what each waiver does. Changes nothing.",
    words: [],
    options: [POLICY, STATE, JSON_OUT],
    examples: ["moorgate waiver check", "moorgate waiver check --json"],
    exits: "0 nothing to do · 1 somebody has to look · 2 nothing is stored yet · 3 usage or policy · 4 the store cannot be read",
    load: async () => (await import("./waiver-check.ts")).runWaiverCheck,
  },
  {
    usage: "waiver import <file>",
    summary: "make waivers of what another tool ignores",
    story:
      "Reads .trivyignore, .trivyignore.yaml, the ignore rules of Grype (.grype.yaml) or an OpenVEX document, and prints a waiver file. What a waiver would cover more broadly than the other list does is left out, and told on stderr. The result is for every image: narrow it before you use it.",
    words: [["file", "the list of the other tool"]],
    options: [
      { flag: "--format <name>", text: "trivy, trivy-yaml, grype or openvex (default: by the file's name)" },
      { flag: "--severity <word>", text: "worst severity that is waived (default: high)" },
      { flag: "--until <day>", text: "end of those that have none of their own" },
      { flag: "--reason <text>", text: "reason of those that have none of their own" },
      ...WHO,
      JSON_OUT,
    ],
    examples: [
      'moorgate waiver import .trivyignore --owner platform --approved-by app-sec --reason "accepted before" --until 2026-12-31 > waivers.yaml',
      "moorgate waiver import vex.openvex.json --owner platform --approved-by app-sec --until 2026-12-31 --severity medium",
    ],
    exits: "0 everything was taken over · 1 something was left out · 3 usage, or no such list",
    load: async () => (await import("./waiver-import.ts")).runWaiverImport,
  },
];
