import type { Option } from "./verb.ts";

/** An image in a registry or in a folder, for what needs no gate. */
export const SOURCE = ["image", "registry/repository:tag or @digest, or oci:DIR[:tag|@digest] for an OCI image layout folder"] as const;
export const JSON_OUT: Option = { flag: "--json", text: "print JSON" };
export const MARKDOWN: Option = { flag: "--markdown", text: "print the same as markdown, for a pull request" };
export const STATE: Option = { flag: "--state <folder>", text: "state folder (default: .moorgate, or MOORGATE_STATE)" };
export const ATTESTATIONS: Option = {
  flag: "--attestations <file>",
  text: "attestations of Binary Authorization as gcloud prints them in JSON, or a folder of such files; may be given several times",
  repeats: true,
};
export const INTERNAL_HOSTS: Option = {
  flag: "--internal-host <host>",
  text: "host of your own network that may be asked whether a certificate has been revoked; may be given several times",
  repeats: true,
};

/** How to find the running gate. The token itself is never written on a command line, where every process could read it. */
export const GATE: readonly Option[] = [
  STATE,
  { flag: "--url <address>", text: "address of the gate (default: the one that runs on this state folder)" },
  { flag: "--token-file <file>", text: "file with the token; needed with --url" },
];

/** Of whoever decides something that the gate asks, or switches it. */
export const DECIDER: readonly Option[] = [
  { flag: "--reason <text>", text: "why; is written to the journal (required)" },
  { flag: "--actor <name>", text: "who decides, where the gate's own token is used: a claim beside the reason (default: your login name)" },
  ...GATE,
  JSON_OUT,
];
