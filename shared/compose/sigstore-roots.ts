import { dirname, resolve } from "node:path";
import { ParseError } from "../domain/parse-error.ts";
import type { Instant } from "../domain/time.ts";
import { parsePolicySet } from "../policy/document.ts";
import { PolicyError } from "../policy/policy-error.ts";
import type { PolicyIdentity, PolicySigstore, PolicyTrust } from "../policy/trust/trust.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { TrustRootStatus } from "../ports/gate-status.ts";
import type { SigstoreTrust } from "../ports/signature-verifier.ts";
import { parseTrustedRoot } from "../signatures/sigstore/root.ts";
import { readKept } from "../trust-roots/kept.ts";
import { folderOf, type Mirror, sourceOf } from "../trust-roots/mirror.ts";
import { statusOf } from "../trust-roots/trust-roots.ts";
import { updateMirror } from "../trust-roots/update.ts";
import { nameFor, readIncluded, readText, whole } from "./policy-files.ts";

/**
 * A Sigstore instance with the text of its trusted root: of its file, or what is kept of its mirror. `keptIn`: folder of what is kept.
 * @throws ParseError
 */
export function readSigstore(
  { source, ...sigstore }: PolicySigstore,
  { identities }: Pick<PolicyTrust, "identities">,
  policyFile: string,
  keptIn: string | undefined,
): SigstoreTrust {
  if (source.kind === "file") {
    const file = resolve(dirname(policyFile), source.path);
    const root = readText(file, "trusted root");
    checkRoot(root, nameFor(file), { source, ...sigstore }, identities);
    return { ...sigstore, root };
  }
  const mirror = mirrorOf({ source, ...sigstore }, source, identities, policyFile);
  const root = keptIn === undefined ? undefined : keptRoot(folderOf(mirror, keptIn));
  if (root === undefined)
    throw new ParseError(
      policyFile,
      `the trusted root of ${sigstore.name} was never read from ${sourceOf(mirror)}`,
      "fetch it once where there is a network: moorgate trust update",
    );
  mirror.check(root);
  return { ...sigstore, root };
}

function keptRoot(folder: string): string | undefined {
  try {
    return readKept(folder)?.trustedRoot;
  } catch (error) {
    if (error instanceof AdapterError) throw new ParseError(nameFor(folder), error.message, error.mend ?? "remove the folder");
    throw error;
  }
}

/**
 * The mirrors that a policy takes trusted roots from, whether or not anything was read from them yet.
 * @throws PolicyError, ParseError
 */
function readMirrors(policyFile: string): readonly Mirror[] {
  const text = readText(policyFile, "policy");
  const { trust } = parsePolicySet({ text, file: nameFor(policyFile) }, readIncluded(text, policyFile), "unversioned");
  return trust.sigstore.flatMap((sigstore) =>
    sigstore.source.kind === "file" ? [] : [mirrorOf(sigstore, sigstore.source, trust.identities, policyFile)],
  );
}

/** The mirrors of a policy file as it is at each call; those that it had before while it has a problem, which is told elsewhere. */
export function followedMirrors(policyFile: string): () => readonly Mirror[] {
  let last: readonly Mirror[] = [];
  return () => {
    try {
      last = readMirrors(policyFile);
    } catch (error) {
      if (!(error instanceof PolicyError || error instanceof ParseError)) throw error;
    }
    return last;
  };
}

/**
 * Asks every mirror of a policy now, and tells how each stands afterwards.
 * @throws PolicyError, ParseError
 */
export async function updateTrustRoots(policyFile: string, keptIn: string, now: Instant): Promise<readonly TrustRootStatus[]> {
  const statuses: TrustRootStatus[] = [];
  for (const mirror of readMirrors(policyFile)) {
    const trouble = await updateMirror(mirror, folderOf(mirror, keptIn), now).then(() => undefined, troubleOf);
    statuses.push(statusOf(mirror, keptIn, trouble));
  }
  return statuses;
}

/**
 * How each mirror of a policy stood when it was last asked, by whomever. Asks nobody.
 * @throws PolicyError, ParseError
 */
export function keptTrustRoots(policyFile: string, keptIn: string): readonly TrustRootStatus[] {
  return readMirrors(policyFile).map((mirror) => statusOf(mirror, keptIn));
}

function troubleOf(error: unknown): { readonly why: string } {
  if (error instanceof AdapterError) return { why: error.message };
  throw error;
}

function mirrorOf(
  sigstore: PolicySigstore,
  { url, root, target, every, isInternal }: Extract<PolicySigstore["source"], { readonly kind: "mirror" }>,
  identities: readonly PolicyIdentity[],
  policyFile: string,
): Mirror {
  const address = new URL(url);
  const anchor = readText(resolve(dirname(policyFile), root), "root.json of the mirror");
  const check = (text: string): void => checkRoot(text, `trust.sigstore ${sigstore.name}`, sigstore, identities);
  return { name: sigstore.name, url: address, anchor, target, every, isInternal, check };
}

/** Whatever could never verify anything is refused. @throws ParseError */
function checkRoot(
  text: string,
  place: string,
  { name, transparencyLog, timestamp, sct }: PolicySigstore,
  identities: readonly PolicyIdentity[],
): void {
  const { authorities, certificateLogs, logs, timestampAuthorities } = whole(place, "trusted_root.json", () => parseTrustedRoot(text));
  const lacking = [
    ...(authorities.length === 0 ? ["certificate authority"] : []),
    ...(sct === "required" && certificateLogs.length === 0 ? ["certificate log, which sct demands"] : []),
    ...(transparencyLog === "required" && logs.length === 0 ? ["log, which transparencyLog demands"] : []),
    ...(timestamp === "required" && timestampAuthorities.length === 0 ? ["timestamp authority, which timestamp demands"] : []),
  ];
  const [first] = lacking;
  const isKeyless = identities.some(({ sigstore }) => sigstore === undefined || sigstore === name);
  if (isKeyless && first !== undefined)
    throw new ParseError(place, `the trusted root has no usable ${first}`, "take the whole trusted_root.json of the instance");
}
