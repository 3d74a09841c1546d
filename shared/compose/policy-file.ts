import { createHash } from "node:crypto";
import { type Digest, parseDigest, shortDigest } from "../domain/digest.ts";
import { ParseError } from "../domain/parse-error.ts";
import type { ActivePolicy } from "../pipeline/deps.ts";
import { parsePolicySet } from "../policy/document.ts";
import { PolicyError } from "../policy/policy-error.ts";
import type { Log } from "../ports/log.ts";
import { nameFor, readIncluded, readText } from "./policy-files.ts";
import { readTrust, textsOf } from "./trust-files.ts";

/** A policy in force, read anew when its file changes. */
export interface PolicyFile {
  current(): ActivePolicy;
  /** Reads the file again. A file with a problem changes nothing: the policy before stays in force, and the log says so. @returns whether another policy is in force now. */
  refresh(): boolean;
  /** What the change from that version to the policy in force touches was queued, and it differs by waivers alone: other verdicts of it stand. */
  followed(version: string): void;
}

/**
 * @param keptIn folder of what is kept of mirrors of trusted roots
 * @param refuse throws ParseError on a policy that must not be in force with the rest of the settings
 * @throws PolicyError, ParseError where the file cannot be read.
 */
export function openPolicyFile(file: string, log: Log, keptIn?: string, refuse: (active: ActivePolicy) => void = () => {}): PolicyFile {
  let active = readPolicy(file, keptIn);
  refuse(active);
  let refused = "";
  return {
    current: () => active,
    followed(version) {
      active = { ...active, sameButWaivers: [...(active.sameButWaivers ?? []), version] };
    },
    refresh() {
      try {
        const next = readPolicy(file, keptIn);
        refuse(next);
        refused = "";
        if (next.policy.id.version === active.policy.id.version) return false;
        active = next;
        log.info("Another policy is in force.", { policy: next.policy.id.name, version: next.policy.id.version, mode: next.policy.mode });
        return true;
      } catch (error) {
        if (!(error instanceof PolicyError || error instanceof ParseError)) throw error;
        if (refused !== error.message) log.error("The changed policy is not used; the one before stays in force.", { why: error.message });
        refused = error.message;
        return false;
      }
    },
  };
}

function readPolicy(file: string, keptIn: string | undefined): ActivePolicy {
  return activate(readText(file, "policy"), file, keptIn);
}

/**
 * A policy from text, with the files that it includes, its waivers and the keys, roots and trust stores that it names. The version covers all of them:
 * another key under the same name, or one waiver more, is another policy.
 * `keptIn`: folder of what is kept of mirrors; without it a policy that names one is refused.
 * @throws PolicyError, ParseError
 */
export function activate(text: string, file: string, keptIn?: string): ActivePolicy {
  const included = readIncluded(text, file);
  const policy = parsePolicySet({ text, file: nameFor(file) }, included, "unversioned");
  const trust = readTrust(policy.trust, file, keptIn);
  const digest = digestOf([text, ...textsOf(trust), ...included.flatMap((each) => [each.file, each.text])]);
  return { policy: { ...policy, id: { ...policy.id, version: shortDigest(digest) } }, trust, digest };
}

function digestOf(texts: readonly string[]): Digest {
  const hash = createHash("sha256");
  texts.forEach((text, index) => hash.update(index === 0 ? text : `\0${text}`));
  return parseDigest(`sha256:${hash.digest("hex")}`);
}
