import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { ParseError } from "../domain/parse-error.ts";
import type { ActivePolicy } from "../pipeline/deps.ts";
import { parsePolicy } from "../policy/document.ts";
import { PolicyError } from "../policy/policy-error.ts";
import { pemProblem, trustFor } from "../policy/trust.ts";
import type { Log } from "../ports/log.ts";
import type { TrustedKey } from "../ports/signature-verifier.ts";
import { readKey as readVerificationKey } from "../signatures/cosign/keys.ts";

/** A policy in force, read anew when its file changes. */
export interface PolicyFile {
  current(): ActivePolicy;
  /** Reads the file again. A file with a problem changes nothing: the policy before stays in force, and the log says so. @returns whether another policy is in force now. */
  refresh(): boolean;
}

/** @throws PolicyError, ParseError where the file cannot be read. */
export function openPolicyFile(file: string, log: Log): PolicyFile {
  let active = readPolicy(file);
  let refused = "";
  return {
    current: () => active,
    refresh() {
      try {
        const next = readPolicy(file);
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

function readPolicy(file: string): ActivePolicy {
  return activate(readText(file, "policy"), file);
}

/**
 * A policy from text, with the keys that it names. The version covers the keys too: another key under the same name is another policy.
 * @throws PolicyError, ParseError
 */
export function activate(text: string, file: string): ActivePolicy {
  const shown = nameFor(file);
  const { trust } = parsePolicy(text, shown, "unversioned");
  const read = trustFor({ trust }, (path) => readKey(file, path));
  for (const key of read.keys) refuseUnusable(key, file);
  const hash = createHash("sha256").update(text);
  for (const key of read.keys) hash.update("\0").update(key.pem);
  return { policy: parsePolicy(text, shown, hash.digest("hex").slice(0, 12)), trust: read };
}

/** As people would name it from here. */
function nameFor(file: string): string {
  const near = relative("", file);
  return near === "" || near.startsWith("..") ? file : near;
}

/** A key that can never verify anything would make every image look unsigned. */
function refuseUnusable(key: TrustedKey, file: string): void {
  const usable = readVerificationKey(key);
  if (usable.kind === "unusable")
    throw new ParseError(file, `the trusted key ${key.name} ${usable.why}`, "trust another key, or leave it out");
}

function readKey(policyFile: string, path: string): string {
  const file = resolve(dirname(policyFile), path);
  const pem = readText(file, "trusted key");
  const problem = pemProblem(pem);
  if (problem !== undefined) throw new ParseError(file, problem.message, problem.mend);
  return pem;
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new ParseError(file, `the ${what} cannot be read (${code})`, "give the path of a file that this user may read");
  }
}
