import { askable, freshestAddresses, listPoints } from "./addresses.ts";
import { changesObjection, type ReadList, type RevocationList, readList, statusInList } from "./crl.ts";
import { type Issued, NOBODY, type RevocationDeps, type RevocationStatus, unknown } from "./status.ts";

type Known = Extract<ReadList, { kind: "list" }>;

/**
 * What the lists of revoked certificates say of one, the first that says anything. A list that has changes beside it is read with them: without
 * them nothing is known. @throws AdapterError malformed: the certificate names no readable addresses
 */
export async function askLists(deps: RevocationDeps, issued: Issued, signal?: AbortSignal): Promise<RevocationStatus> {
  const named = listPoints(issued.certificate).flatMap(({ addresses }) => addresses);
  let last = unknown(NOT_HTTP);
  for (const url of askable(named)) {
    const status = await askList(deps, issued, url, signal);
    if (status.kind !== "unknown") return status;
    last = status;
  }
  return last;
}

export const NOT_HTTP = "whether a certificate has been revoked is asked over http only, and no such address is named";

async function askList(deps: RevocationDeps, issued: Issued, url: string, signal?: AbortSignal): Promise<RevocationStatus> {
  const whole = await askFor(deps, issued, url, signal);
  if (whole.kind === "unknown") return whole;
  const freshest = [...freshestAddresses(issued.certificate), ...whole.freshest];
  if (freshest.length === 0) return statusInList(whole, undefined, issued, deps.now);
  const changes = await askChanges(deps, issued, whole, freshest, signal);
  if (changes.kind === "list") return statusInList(whole, changes, issued, deps.now);
  // What the whole list says for good stays so whatever has changed since.
  const without = statusInList(whole, undefined, issued, deps.now);
  return without.kind === "good" ? changes : without;
}

async function askChanges(
  deps: RevocationDeps,
  issued: Issued,
  whole: RevocationList,
  addresses: readonly string[],
  signal?: AbortSignal,
): Promise<Known | ReturnType<typeof unknown>> {
  let last = unknown(NOT_HTTP);
  for (const url of askable(addresses)) {
    const changes = await askFor(deps, issued, url, signal);
    const objection = changes.kind === "unknown" ? changes.why : changesObjection(changes, whole, deps.now);
    if (changes.kind === "list" && objection === undefined) return changes;
    last = unknown(`what has changed since the list of revoked certificates: ${objection}`);
  }
  return last;
}

async function askFor({ source }: RevocationDeps, issued: Issued, url: string, signal?: AbortSignal): Promise<ReadList> {
  if (source === undefined) return unknown(NOBODY);
  const answered = await source.ask({ kind: "crl", url }, (bytes) => readList(bytes, issued), signal);
  return answered.kind === "read" ? answered.read : unknown(`no list of revoked certificates: ${answered.why}`);
}
