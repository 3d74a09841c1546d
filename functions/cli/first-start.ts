import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeSigningKey, readSigningKey, type SigningKey } from "../local/samples/sign.ts";
import { builtInText } from "./built-in.ts";
import { makeFolder } from "./folder.ts";
import { writeNewFile } from "./new-file.ts";

export interface Prepared {
  readonly policyFile: string;
  /** Signs the samples; the demo policy trusts it. */
  readonly sampleKey: SigningKey;
}

const SAMPLES = "samples";
const PRIVATE = 0o600;
const PUBLIC = 0o644;

/**
 * Writes what a first start needs and nothing that is there already: the policy is the user's from then on. `policyFile`: where it lies; absent:
 * in the state folder.
 */
export function prepareState(stateDir: string, choice: { readonly isDemo: boolean; readonly policyFile: string | undefined }): Prepared {
  makeFolder(join(stateDir, SAMPLES), 0o700);
  const sampleKey = keepKey(join(stateDir, SAMPLES));
  const policyFile = choice.policyFile ?? join(stateDir, "policy.yaml");
  if (choice.policyFile === undefined) writeNewFile(policyFile, builtInText(choice.isDemo ? "demo" : "baseline"), PRIVATE);
  return { policyFile, sampleKey };
}

function keepKey(folder: string): SigningKey {
  const file = join(folder, "cosign.key");
  writeNewFile(file, makeSigningKey().privatePem, PRIVATE);
  const key = readSigningKey(readFileSync(file, "utf8"));
  writeNewFile(join(folder, "cosign.pub"), key.publicPem, PUBLIC);
  return key;
}
