import { ATTESTATIONS, GATE, INTERNAL_HOSTS, JSON_OUT, MARKDOWN, SOURCE } from "./options.ts";
import type { Option, Verb } from "./verb.ts";

const REASON = "--reason <text>";
const ACT: readonly Option[] = [
  { flag: REASON, text: "why; is written to the journal (required but for a dry run)" },
  { flag: "--actor <name>", text: "who acts, where the gate's own token is used: a claim beside the reason (default: your login name)" },
  { flag: "--dry-run", text: "show the plan and stop; exit 1 when it would change something" },
  { flag: "--yes", text: "do not ask (for scripts)" },
  ...GATE,
  JSON_OUT,
];

const PROMOTE: readonly Option[] = [
  { flag: "--to <tag>", text: "the tag that is to point at it (required)" },
  ...ACT.map((option) => (option.flag === REASON ? { ...option, text: "why; is written to the journal" } : option)),
];

const ACT_EXITS = "0 done · 1 not done: dry run, or the answer was no · 3 usage · 4 refused or failed";
const IMAGE = ["image", "registry/repository[:tag][@digest]"] as const;

export const imageVerbs: readonly Verb[] = [
  {
    usage: "check <image>",
    summary: "judge one image now, without a server (for CI)",
    story:
      "Reads the image, its signatures and its reports where they are, evaluates the policy and says what would happen. Changes nothing.\nWithout --policy it takes ./policy.yaml, else the built-in baseline, and says which. Without --settings, credentials are those of `docker login`, and a registry on a loopback address is spoken to in plain HTTP.",
    words: [SOURCE],
    options: [
      { flag: "--policy <file>", text: "policy to judge by" },
      {
        flag: "--report <file>",
        text: "vulnerability report that counts as evidence (Trivy JSON); may be given several times",
        repeats: true,
      },
      { flag: "--key <file>", text: "public key (PEM); the image has to be signed with it, or with another of several", repeats: true },
      ATTESTATIONS,
      INTERNAL_HOSTS,
      { flag: "--kev <file>", text: "CISA's catalogue of known exploited vulnerabilities (JSON), for rules that ask for it" },
      { flag: "--epss <file>", text: "FIRST's EPSS scores (csv or csv.gz), for rules that ask for them" },
      {
        flag: "--settings <file>",
        text: "moorgate.yaml: its registry is reached as it says there, and the registry's own scanner is asked, too",
      },
      { flag: "--as <image>", text: "judge it under this name, for a policy that selects by registry, repository or tag" },
      MARKDOWN,
      JSON_OUT,
    ],
    examples: [
      "moorgate check oci:./image --report trivy.json --key cosign.pub",
      "moorgate check 127.0.0.1:5055/samples/vulnerable:1.0",
      "moorgate check registry.example/shop/api:1.8.2 --policy infra/policy.yaml --json",
    ],
    exits: "0 compliant · 1 violating · 2 indeterminate · 3 usage, policy or input · 4 could not read the image",
    load: async () => (await import("./check.ts")).runCheck,
  },
  {
    usage: "verify <image>",
    summary: "list who signed an image and what they say, and whether that is enough",
    story:
      "Lists every signature and attestation of the image and of each image in it, with its outcome, and says whether what the policy's rules on signatures and attestations demand is there. Every such rule counts in full, also one that only warns, or is asked from a later day on. Where none is for the image, one signature of anybody who is trusted is demanded.\nWithout --policy it takes ./policy.yaml. Where nobody is trusted nothing is verified: it lists what is there, and who claims to have made it.",
    words: [SOURCE],
    options: [
      { flag: "--policy <file>", text: "policy with the trust and the rules" },
      {
        flag: "--key <file>",
        text: "public key (PEM); the image has to be signed with it, or with another of several",
        repeats: true,
      },
      ATTESTATIONS,
      INTERNAL_HOSTS,
      { flag: "--predicate-type <type>", text: "only attestations of this type; one by somebody who is trusted is demanded" },
      { flag: "--at <time>", text: "verify by the clock of that day or time, what lies there now (default: now)" },
      { flag: "--as <image>", text: "verify it under this name, for a policy that selects by registry, repository or tag" },
      JSON_OUT,
    ],
    examples: [
      "moorgate verify registry.example/shop/api:1.8.2",
      "moorgate verify oci:./image --key cosign.pub",
      "moorgate verify registry.example/shop/api:1.8.2 --policy policy.yaml --predicate-type https://slsa.dev/provenance/v1 --json",
    ],
    exits:
      "0 what is demanded is there · 1 it is not · 2 not known: nobody is trusted, or something could not be asked · 3 usage, policy or input · 4 could not read the image",
    load: async () => (await import("./verify.ts")).runVerify,
  },
  {
    usage: "explain <image>",
    summary: "say what the running gate decided about an image, and why",
    story:
      "Prints the gate's last verdict: every reason with its fact, its place in the policy and its remedy, what was done and how it is undone.\nA digest alone is explained in every repository that has it.",
    words: [["image", `${IMAGE[1]}, or a digest alone`]],
    options: [...GATE, MARKDOWN, JSON_OUT],
    examples: ["moorgate explain 127.0.0.1:5055/samples/vulnerable:1.0", "moorgate explain sha256:4c1f... --json"],
    exits: "0 compliant · 1 violating · 2 indeterminate · 3 usage · 4 not known, or the gate does not answer",
    load: async () => (await import("./explain.ts")).runExplain,
  },
  {
    usage: "hold <what>",
    summary: "make an image, or all with a weakness, impossible to pull, reversibly",
    story:
      "Shows the plan, asks, acts, and prints the command that takes it back. A hold by hand stays until it is released by hand.\nA vulnerability, a package, a base image or (with --everywhere) a digest is looked for in everything that is stored of every image: the list has those in use first, and says of which images nothing is known. What runs, or may run, is held with --in-use alone. All of it is one run under the brake.",
    words: [
      ["what", `${IMAGE[1]}, or CVE-2021-44228, 'log4j-core@<2.15.0', pkg:maven/GROUP/NAME, base:docker.io/library/debian:12, sha256:...`],
    ],
    options: [
      { flag: "--everywhere", text: "that image in every registry and repository that has it, and indexes with it" },
      { flag: "--in-use", text: "hold also what runs, was pulled lately, or may run" },
      ...ACT,
    ],
    examples: [
      "moorgate hold 'log4j-core@<2.15.0' --dry-run",
      'moorgate hold CVE-2021-44228 --reason "log4shell, INC-7"',
      'moorgate hold 127.0.0.1:5055/shop/api:1.0 --reason "leaked key in a layer"',
      "moorgate hold 127.0.0.1:5055/shop/api:1.0 --everywhere --dry-run",
    ],
    exits:
      "0 done · 1 not all done: dry run, the answer was no, some wait for the brake or came into use · 2 done, but of some images nothing is known · 3 usage · 4 refused or failed",
    load: async () => (await import("./hold.ts")).runHold,
  },
  {
    usage: "release <image>",
    summary: "put a held image back, byte for byte",
    story:
      "Shows the plan, asks, acts, and prints the command that takes it back. The gate does not hold it again for the reasons known now; a new reason ends that.",
    words: [IMAGE],
    options: ACT,
    examples: [
      'moorgate release 127.0.0.1:5055/samples/vulnerable:1.0 --reason "not reachable, SEC-41"',
      'moorgate release 127.0.0.1:5055/samples/vulnerable:1.0 --reason "not reachable, SEC-41" --yes --json',
    ],
    exits: ACT_EXITS,
    load: async () => (await import("./release.ts")).runRelease,
  },
  {
    usage: "promote <image>",
    summary: "point a release tag at an image, where that complies",
    story:
      "Judges the image now, as it is and as it would be with the tag, and sets the tag only where both comply. Shows where the tag points and where it will, asks, acts, and prints the command that takes it back. An image that no rule is for is not promoted. It works in a dry run too: that keeps the gate from acting, not you.",
    words: [IMAGE],
    options: PROMOTE,
    examples: [
      "moorgate promote 127.0.0.1:5055/shop/api:rc-2 --to stable --dry-run",
      'moorgate promote 127.0.0.1:5055/shop/api:rc-2 --to stable --reason "release 2" --yes',
    ],
    exits:
      "0 done, or the tag points at it already · 1 it violates; or not done: dry run, or the answer was no · 2 it cannot be said to comply: something is missing, or no rule is for it · 3 usage · 4 refused or failed",
    load: async () => (await import("./promote.ts")).runPromote,
  },
];
