import { askable, freshestAddresses, listPoints } from "./addresses.ts";
import { changesObjection, type ReadList, type RevocationList, readList, statusInList } from "./crl.ts";
import { type Issued, type RevocationDeps, type RevocationStatus, unknown } from "./status.ts";

type Known = Extract<ReadList, { kind: "list" }>;

/**
 * What the lists of revoked certificates say of one, the first that says anything. A list that has changes beside it is read with them: without
 * them nothing is known. @throws AdapterError malformed: the certificate names no readable addresses
 */
export async function askLists(deps: RevocationDeps, issued: Issued, signal?: AbortSignal): Promise<RevocationStatus> {
  const named = listPoints(issued.certificate).flatMap(({ addresses }) => addresses);
  const addresses = askable(named);
  let last = unknown(addresses.length < named.length ? NOT_HTTP : "no list of revoked certificates could be reached");
  for (const url of addresses) {
    const status = await askList(deps, issued, url, signal);
    if (status.kind !== "unknown") return status;
    last = status;
  }
  return last;
}

export const NOT_HTTP = "whether a certificate has been revoked is asked over http only, and it names another address";

async function askList(deps: RevocationDeps, issued: Issued, url: string, signal?: AbortSignal): Promise<RevocationStatus> {
  const whole = await deps.source?.ask({ kind: "crl", url }, (bytes) => readList(bytes, issued), signal);
  if (whole === undefined) return unknown("the list of revoked certificates could not be reached");
  if (whole.kind === "unknown") return whole;
  const freshest = askable([...freshestAddresses(issued.certificate), ...whole.freshest]);
  if (freshest.length === 0) return statusInList(whole, undefined, issued, deps.now);
  const changes = await askChanges(deps, issued, whole, freshest, signal);
  if (changes.kind === "list") return statusInList(whole, changes, issued, deps.now);
  // What the whole list says for good stays so whatever has changed since.
  const without = statusInList(whole, undefined, issued, deps.now);
  return without.kind === "good" ? changes : without;
}

async function askChanges(
  { source, now }: RevocationDeps,
  issued: Issued,
  whole: RevocationList,
  addresses: readonly string[],
  signal?: AbortSignal,
): Promise<Known | ReturnType<typeof unknown>> {
  let last = unknown("the changes of the list of revoked certificates could not be reached");
  for (const url of addresses) {
    const changes = await source?.ask({ kind: "crl", url }, (bytes) => readList(bytes, issued), signal);
    if (changes === undefined) continue;
    if (changes.kind === "unknown") {
      last = changes;
      continue;
    }
    const objection = changesObjection(changes, whole, now);
    if (objection === undefined) return changes;
    last = unknown(`revocation list: ${objection}`);
  }
  return last;
}
