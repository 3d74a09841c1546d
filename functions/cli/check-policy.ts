import { existsSync } from "node:fs";
import { basename } from "node:path";
import { activate } from "../../shared/compose/policy-file.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import { parseDuration } from "../../shared/domain/time.ts";
import type { ActivePolicy } from "../../shared/pipeline/deps.ts";
import type { PolicyRule } from "../../shared/policy/document.ts";
import { pemProblem } from "../../shared/policy/trust/trust.ts";
import type { TrustedKey } from "../../shared/ports/signature-verifier.ts";
import { builtInText } from "./built-in.ts";
import { readText } from "./read-text.ts";

export interface ChosenPolicy {
  readonly active: ActivePolicy;
  readonly file: string;
  /** Which one it is and why, for people. */
  readonly label: string;
}

const HERE = "policy.yaml";

/**
 * The policy that was named, else the one in this folder, else the built-in baseline. `keptIn`: folder of trusted roots from mirrors.
 * @throws PolicyError, ParseError
 */
export function choosePolicy(named: string | undefined, keyFiles: readonly string[], keptIn: string): ChosenPolicy {
  const chosen = choose(named, keptIn);
  return { ...chosen, active: trusting(chosen.active, keyFiles.map(readKey)) };
}

function choose(named: string | undefined, keptIn: string): ChosenPolicy {
  const own = "built-in baseline";
  return (
    findPolicy(named, keptIn) ?? {
      active: activate(builtInText("baseline"), own),
      file: own,
      label: `${own}, as there is no ./${HERE}; \`moorgate init\` writes one`,
    }
  );
}

/**
 * The policy that was named, else the one in this folder; `undefined` where there is none.
 * @throws PolicyError, ParseError
 */
export function findPolicy(named: string | undefined, keptIn: string): ChosenPolicy | undefined {
  const file = named ?? (existsSync(HERE) ? HERE : undefined);
  if (file === undefined) return undefined;
  const label = named === undefined ? `./${HERE}, found in this folder` : file;
  return { active: activate(readText(file, "policy"), file, keptIn), file, label };
}

/** Keys of the command line are trusted, and asked for: one of them has to have signed the image. */
function trusting(active: ActivePolicy, keys: readonly TrustedKey[]): ActivePolicy {
  if (keys.length === 0) return active;
  const { policy, trust, digest } = active;
  const added = keys.map(
    ({ name, hash, pem }) => ({ name, hash, transparencyLog: "ignored", roles: [], source: { kind: "pem", pem } }) as const,
  );
  const rule: PolicyRule<"signature-required"> = {
    id: "signed-with-key",
    rule: "signature-required",
    signers: keys.map(({ name }) => name),
    need: "any",
    formats: ["cosign"],
    annotations: {},
    ageBy: ["signer"],
    grace: parseDuration("0s"),
    untaggedGrace: parseDuration("0s"),
    level: "enforce",
    whenUnknown: "warn",
    select: {},
    place: "--key",
  };
  return {
    policy: { ...policy, trust: { ...policy.trust, keys: [...policy.trust.keys, ...added] }, rules: [...policy.rules, rule] },
    trust: { ...trust, keys: [...trust.keys, ...keys] },
    digest,
  };
}

function readKey(file: string): TrustedKey {
  const pem = readText(file, "key");
  const problem = pemProblem(pem);
  if (problem !== undefined) throw new ParseError(file, problem.message, problem.mend);
  return { name: keyName(file), pem, hash: "of-key" };
}

/** What a key of the command line is called. */
export function keyName(file: string): string {
  return basename(file);
}
