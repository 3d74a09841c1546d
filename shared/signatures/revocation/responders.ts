import { earliest } from "../../domain/time.ts";
import type { RevocationQuestion } from "../../ports/notation-trust.ts";
import { askable, listPoints, responderAddresses } from "./addresses.ts";
import { askLists, NOT_HTTP } from "./lists.ts";
import { type ReadAnswer, readAnswer } from "./ocsp.ts";
import { encodeOcspRequest } from "./ocsp-request.ts";
import { type Issued, NOBODY, type RevocationDeps, type RevocationStatus, unknown } from "./status.ts";

/** What the responders (OCSP) say of a certificate, the first that says anything; `undefined`: it names none. @throws AdapterError malformed */
export async function askResponders(deps: RevocationDeps, issued: Issued, signal?: AbortSignal): Promise<RevocationStatus | undefined> {
  const named = responderAddresses(issued.certificate);
  if (named.length === 0) return undefined;
  let last = unknown(NOT_HTTP);
  const request = encodeOcspRequest(issued);
  for (const url of askable(named)) {
    const status = await statusAt(deps, issued, { kind: "ocsp", url, request }, signal);
    if (status.kind !== "unknown") return status;
    last = status;
  }
  return last;
}

async function statusAt(
  deps: RevocationDeps,
  issued: Issued,
  question: RevocationQuestion,
  signal?: AbortSignal,
): Promise<RevocationStatus> {
  if (deps.source === undefined) return unknown(NOBODY);
  const answered = await deps.source.ask(question, (bytes) => readAnswer(bytes, issued, deps.now), signal);
  if (answered.kind === "none") return unknown(`no answer of a responder: ${answered.why}`);
  return statusOf(deps, issued, answered.read, signal);
}

// A responder with a certificate of its own may have lost its key: unless its issuer says that nobody need ask, the lists are asked.
async function statusOf(
  deps: RevocationDeps,
  { issuer, above }: Issued,
  { status, delegate }: ReadAnswer,
  signal?: AbortSignal,
): Promise<RevocationStatus> {
  if (status.kind === "unknown" || delegate === undefined) return status;
  const issued = { certificate: delegate, issuer, ...(above === undefined ? {} : { above }) };
  if (listPoints(delegate).length === 0) return unknown("whether the responder itself has been revoked is told nowhere");
  const own = await askLists(deps, issued, signal);
  if (own.kind === "revoked") return unknown("the responder itself has been revoked");
  if (own.kind === "unknown") return unknown(`the responder itself: ${own.why}`);
  const until = earliest([status.until, own.until]);
  return until === undefined ? status : { ...status, until };
}
