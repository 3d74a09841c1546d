import { AdapterError } from "../../ports/adapter-error.ts";
import type { RevocationQuestion } from "../../ports/notation-trust.ts";
import type { HttpRequest } from "../../runtime/exchange.ts";
import { request } from "../../runtime/http.ts";
import { isInternalAddress, isPublicAddress } from "../../runtime/public-address.ts";
import { MAX_LIST_BYTES } from "./crl.ts";
import { MAX_ANSWER_BYTES } from "./ocsp.ts";

// trust-store-trust-policy.md, "OCSP Download" and "CRL Download".
const OCSP_WITHIN_MS = 2_000;
const CRL_WITHIN_MS = 5_000;

/** `silent`: nobody is there, and asking the same host about something else would take as long. `none`: no answer to this question. */
export type Fetched = { readonly kind: "answer"; readonly bytes: Uint8Array } | { readonly kind: "silent" | "none"; readonly why: string };

/**
 * Asks over http, as RFC 6960 (appendix A) and RFC 5280 (4.2.1.13) say. Only hosts of the public internet are asked, and those of the own network
 * that are named; no redirect is followed.
 * @param internalHosts `host` or `host:port`, as they stand in addresses
 */
export async function fetchAnswer(question: RevocationQuestion, internalHosts: ReadonlySet<string>): Promise<Fetched> {
  const url = URL.parse(question.url);
  if (url?.protocol !== "http:" || url.username !== "" || url.password !== "") return { kind: "none", why: "no address that is asked" };
  try {
    const { status, body } = await request({ url, ...asked(question), ...guard(url, internalHosts) });
    if (status === 200) return { kind: "answer", bytes: body };
    return { kind: status >= 500 ? "silent" : "none", why: `${url.host} answered ${status}` };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    if (error.code === "refused")
      return { kind: "silent", why: `${error.message}, nor one of the own network that may be asked (revocation.internalHosts)` };
    return { kind: ["unreachable", "timeout"].includes(error.code) ? "silent" : "none", why: error.message };
  }
}

function asked(question: RevocationQuestion): Omit<HttpRequest, "url"> {
  const headers = { accept: "*/*", "user-agent": "moorgate" };
  if (question.kind === "crl") return { headers, timeoutMs: CRL_WITHIN_MS, maxBytes: MAX_LIST_BYTES };
  return {
    method: "POST",
    headers: { ...headers, "content-type": "application/ocsp-request" },
    body: question.request,
    timeoutMs: OCSP_WITHIN_MS,
    maxBytes: MAX_ANSWER_BYTES,
  };
}

function guard(url: URL, internalHosts: ReadonlySet<string>): Pick<HttpRequest, "publicOnly" | "isAllowed" | "plainHttp"> {
  const isNamed = internalHosts.has(url.hostname) || internalHosts.has(`${url.hostname}:${url.port || "80"}`);
  const isAllowed = isNamed ? (address: string) => isPublicAddress(address) || isInternalAddress(address) : isPublicAddress;
  return { publicOnly: true, plainHttp: true, isAllowed };
}
