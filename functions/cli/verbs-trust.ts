import { INTERNAL_HOSTS, JSON_OUT, SOURCE, STATE } from "./options.ts";
import type { Verb } from "./verb.ts";

export const trustVerbs: readonly Verb[] = [
  {
    usage: "trust init <image>",
    summary: "write a first policy from what an image carries today",
    story:
      "Verifies the image's signatures and attestations with what is given, and writes a policy, in dry-run, that trusts those who were verified and demands what they vouched for: keys by file, identities by their exact texts. What could not be verified stands in comments, as a claim. Where nothing was verified nothing is written. Never overwrites a file.",
    words: [SOURCE],
    options: [
      { flag: "--key <file>", text: "public key (PEM) of somebody who signed; may be given several times", repeats: true },
      { flag: "--trusted-root <file>", text: "trusted_root.json of the Sigstore whose certificates the signatures carry" },
      { flag: "--notation-policy <file>", text: "trustpolicy.json of Notation" },
      { flag: "--notation-store <folder>", text: "folder of Notation's trust stores, in which x509 lies" },
      INTERNAL_HOSTS,
      { flag: "--as <image>", text: "the image's name for Notation, whose trust policy goes by it" },
      { flag: "--out <file>", text: "where to (default: policy.yaml)" },
      { flag: "--stdout", text: "print the policy, and write nothing" },
      JSON_OUT,
    ],
    examples: [
      "moorgate trust init registry.example/shop/api:1.8.2 --key cosign.pub",
      "moorgate trust init registry.example/shop/api:1.8.2 --trusted-root trusted_root.json --stdout",
    ],
    exits:
      "0 written or printed · 1 nothing was verified, nothing written · 3 usage, or a file that cannot be used · 4 could not read the image",
    load: async () => (await import("./trust-init.ts")).runTrustInit,
  },
  {
    usage: "trust inspect [file]",
    summary: "show what a policy trusts, or what a key, certificate or trusted root is",
    story:
      "Keys with algorithm, size and fingerprint (SHA-256 of the public key in DER), identities, the authorities and logs of each Sigstore, Notation's statements and stores, attestors; with the day on which each ends. An authority or log that has ended still counts for what was signed before.\nWith a file: a public key, certificates (PEM or DER) or a trusted_root.json.",
    words: [["file", "look at this file instead of a policy"]],
    options: [{ flag: "--policy <file>", text: "the policy (default: policy.yaml)" }, JSON_OUT],
    examples: ["moorgate trust inspect", "moorgate trust inspect cosign.pub", "moorgate trust inspect --policy prod.yaml --json"],
    exits: "0 fine · 3 usage, or a file that cannot be read",
    load: async () => (await import("./trust-inspect.ts")).runTrustInspect,
  },
  {
    usage: "trust add-key <file>",
    summary: "trust one more public key, and change nothing else in the policy",
    story:
      "Adds the key to trust.keys by the name of its file, and shows the lines that differ. Comments, order and form of the policy stay. A private key, a key that is trusted already under whatever name, and a name that is taken are refused; so is a change after which the gate would refuse the policy.",
    words: [["file", "public key in PEM"]],
    options: [
      { flag: "--name <name>", text: "what rules and reasons call the key (required)" },
      { flag: "--policy <file>", text: "the policy (default: policy.yaml)" },
      { flag: "--dry-run", text: "show the difference and stop; exit 1" },
      JSON_OUT,
    ],
    examples: [
      "moorgate trust add-key cosign.pub --name release",
      "moorgate trust add-key keys/ci.pub --name ci-2027 --policy prod.yaml --dry-run",
    ],
    exits: "0 written · 1 dry run: would change · 3 usage, key or policy · 4 could not be written",
    load: async () => (await import("./trust-add-key.ts")).runTrustAddKey,
  },
  {
    usage: "trust update",
    summary: "fetch the trusted roots that a policy takes from mirrors",
    story:
      "Asks every mirror under trust.sigstore for its trusted root, checks each step from the root.json that the policy names, and keeps the result in the state folder, where the gate and every other command find it. No other command fetches anything to verify a signature. A running gate renews by itself.",
    words: [],
    options: [
      STATE,
      { flag: "--policy <file>", text: "policy with the mirrors (default: policy.yaml here, else in the state folder)" },
      JSON_OUT,
    ],
    examples: ["moorgate trust update", "moorgate trust update --policy policy.yaml --state /var/lib/moorgate --json"],
    exits: "0 all are read, or there are none · 3 usage or policy · 4 a mirror gave nothing good; what was read last stays in use",
    load: async () => (await import("./trust-update.ts")).runTrustUpdate,
  },
];
