import { createPublicKey } from "node:crypto";
import { activate } from "../../shared/compose/policy-file.ts";
import { type KeyFacts, keyFacts } from "../../shared/compose/trust-facts.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import type { ActivePolicy } from "../../shared/pipeline/deps.ts";
import { pemProblem } from "../../shared/policy/trust/trust.ts";
import { EXIT } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";
import { keptRoots } from "./kept-roots.ts";
import { pathFrom } from "./path-from.ts";
import { changedLines, type WrittenKey, withKey } from "./policy-edit.ts";
import { readText } from "./read-text.ts";
import { replaceFile } from "./replace-file.ts";
import type { Run } from "./verb.ts";

const WHAT = "Could not add a key";

/** Adds one public key to a policy's trust. Nothing else of the file changes, and a policy that the gate would refuse is never written. */
export const runTrustAddKey: Run = async ({ words, flags, terminal, asJson }) => {
  const [file, policyFile] = [words[0] ?? "", flags.text("policy") ?? "policy.yaml"];
  const key = readPublic(file);
  const text = readText(policyFile, "policy");
  const written = { name: nameOf(flags), file: pathFrom(policyFile, file) };
  const keptIn = keptRoots(flags);
  refuseKnown(activate(text, policyFile, keptIn), written.name, key);
  const edited = withKey(text, written);
  if (edited === undefined) throw unwritable(policyFile, written);
  activate(edited, policyFile, keptIn);
  const isDry = flags.on("dryRun");
  if (!isDry) replaceFile(policyFile, edited);
  const changed = changedLines(text, edited);
  if (asJson) terminal.printJson({ policy: policyFile, written: !isDry, key: { name: written.name, file: written.file, ...key }, changed });
  else
    terminal.print(
      [
        ...(isDry ? [`  ~ would change  ${policyFile}`] : [`  + written  ${policyFile}`]),
        ...changed.map((line) => `  ${line}`),
        "",
        `  Key      ${written.name}: ${key.algorithm}, SHA-256 ${key.fingerprint}`,
        `  Next     ${isDry ? "compare the fingerprint with its owner's, then run it without --dry-run" : "compare the fingerprint with its owner's; rules name the key where only some signers count"}`,
      ].join("\n"),
    );
  return isDry ? EXIT.violating : EXIT.fine;
};

function nameOf(flags: Flags): string {
  const name = flags.text("name");
  if (name === undefined) throw usageError(WHAT, "the key has no name", "name it as rules and reasons shall: --name release");
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
    throw usageError(WHAT, `${JSON.stringify(name)} is no name of a key`, "use up to 63 lower-case letters, digits and dashes");
  return name;
}

function readPublic(file: string): KeyFacts {
  const pem = readText(file, "key");
  const problem = pemProblem(pem);
  if (problem !== undefined) throw new ParseError(file, problem.message, problem.mend);
  try {
    return keyFacts(createPublicKey(pem));
  } catch {
    throw new ParseError(file, "its content is no key", "give the public key as whoever made it gave it out");
  }
}

function refuseKnown({ trust }: ActivePolicy, name: string, key: KeyFacts): void {
  const same = trust.keys.find(({ pem }) => keyFacts(createPublicKey(pem)).fingerprint === key.fingerprint);
  if (same !== undefined)
    throw usageError(WHAT, `this key is trusted already, as ${same.name}`, "use that name in rules, or change the name in the policy");
  const signers = [
    ...trust.keys,
    ...(trust.identities ?? []),
    ...(trust.notation === undefined ? [] : [trust.notation]),
    ...(trust.attestors ?? []),
  ];
  if (signers.some((signer) => signer.name === name))
    throw usageError(WHAT, `another signer is called ${name}`, "give the key a name of its own, such as one with the year");
}

function unwritable(policyFile: string, { name, file }: WrittenKey): Error {
  return usageError(
    WHAT,
    `${policyFile} is written in a way that nothing can be added to without changing the rest`,
    `add it by hand under trust.keys: { name: ${name}, file: ${JSON.stringify(file)} }`,
  );
}
