import { AdapterError } from "../../ports/adapter-error.ts";
import type { HttpRequest } from "../../runtime/exchange.ts";
import { type HttpStream, requestStream } from "../../runtime/http.ts";
import { readPruned } from "../../runtime/json-pruned.ts";
import { isObject } from "../../runtime/lenient.ts";
import { BRIEF_RETRY, readRetryAfter, retry } from "../../runtime/retry.ts";
import { textOf } from "../list.ts";
import type { UsageDocument } from "../reading.ts";
import { KEEPS } from "./shape.ts";

/** How to reach the API of one cluster. */
export interface ClusterAccess {
  readonly server: URL;
  readonly authorization?: string;
  readonly tls: NonNullable<HttpRequest["tls"]>;
}

/** All that the API is asked for; `resources` with the verb `list` is what the account needs. */
export const LISTS = [
  { group: "", path: "/api/v1", resource: "pods" },
  { group: "apps", path: "/apis/apps/v1", resource: "deployments" },
  { group: "apps", path: "/apis/apps/v1", resource: "statefulsets" },
  { group: "apps", path: "/apis/apps/v1", resource: "daemonsets" },
  { group: "batch", path: "/apis/batch/v1", resource: "jobs" },
  { group: "batch", path: "/apis/batch/v1", resource: "cronjobs" },
] as const;

const PAGE = 500;
const MOST_ITEMS = 500_000;
const PAGE_LIMITS = { maxBytes: 256 * 1024 * 1024, maxDepth: 64, maxValues: 5_000_000, keeps: new Set(KEEPS) };
const TIMEOUT_MS = 120_000;
const MOST_FAULT_BYTES = 64 * 1024;
/** How often a list is begun anew whose pages the server no longer remembers. */
const MOST_BEGINNINGS = 3;

/** Lists what runs in a cluster, page by page. @throws AdapterError */
export async function listCluster(access: ClusterAccess, signal?: AbortSignal): Promise<readonly UsageDocument[]> {
  const documents: UsageDocument[] = [];
  for (const { path, resource } of LISTS) {
    const place = `${access.server.host} ${resource}`;
    documents.push({ place, document: await listAll(access, `${path}/${resource}`, place, signal) });
  }
  return documents;
}

interface Page {
  readonly kind: string;
  readonly apiVersion: string;
  readonly items: readonly unknown[];
  readonly next: string;
}

async function listAll(access: ClusterAccess, path: string, place: string, signal?: AbortSignal): Promise<unknown> {
  for (let beginning = 1; ; beginning++) {
    const items: unknown[] = [];
    let page: Page | "expired" = await readPage(access, path, "", place, signal);
    while (page !== "expired") {
      for (const item of page.items) items.push(item);
      if (items.length > MOST_ITEMS) throw new AdapterError("too-large", `${place}: more than ${MOST_ITEMS} objects`);
      if (page.next === "") return { apiVersion: page.apiVersion, kind: page.kind, items };
      page = await readPage(access, path, page.next, place, signal);
    }
    if (beginning === MOST_BEGINNINGS) throw new AdapterError("unreachable", `${place}: the list changes faster than it can be read`);
  }
}

/** `expired`: the server has forgotten where we were (410, Kubernetes API concepts, "Retrieving large results sets in chunks"). */
function readPage(access: ClusterAccess, path: string, next: string, place: string, signal?: AbortSignal): Promise<Page | "expired"> {
  return retry(BRIEF_RETRY, () => askPage(access, path, next, place, signal), signal);
}

async function askPage(
  { server, authorization, tls }: ClusterAccess,
  path: string,
  next: string,
  place: string,
  signal?: AbortSignal,
): Promise<Page | "expired"> {
  const query = new URLSearchParams({ limit: String(PAGE), ...(next === "" ? {} : { continue: next }) });
  // A server behind a proxy has a path of its own.
  const url = new URL(`${server.pathname.replace(/\/$/, "")}${path}?${query.toString()}`, server);
  const headers = { accept: "application/json", "user-agent": "moorgate", ...(authorization === undefined ? {} : { authorization }) };
  const answer = await requestStream({ url, headers, tls, timeoutMs: TIMEOUT_MS, maxBytes: PAGE_LIMITS.maxBytes, signal });
  if (answer.status === 410 && next !== "") {
    await dropped(answer);
    return "expired";
  }
  if (answer.status !== 200) throw await refused(answer, place);
  return pageOf(await readPruned(answer.body, { ...PAGE_LIMITS, place }), place);
}

function pageOf(document: unknown, place: string): Page {
  if (!isObject(document) || !Array.isArray(document["items"])) throw new AdapterError("malformed", `${place}: the answer is no list`);
  const { items, metadata } = document;
  return {
    kind: textOf(document["kind"]),
    apiVersion: textOf(document["apiVersion"]),
    items: items as readonly unknown[],
    next: isObject(metadata) ? textOf(metadata["continue"]) : "",
  };
}

async function refused(answer: HttpStream, place: string): Promise<AdapterError> {
  await dropped(answer);
  const { status, headers } = answer;
  if (status === 401) return new AdapterError("unauthorized", `${place}: the token or certificate was not accepted`);
  if (status === 403)
    return new AdapterError("forbidden", `${place}: the account may not list them in all namespaces`, {
      mend: "bind it to the cluster role of infra/kubernetes/report-usage.yaml",
    });
  if (status === 429 || status >= 500) {
    const retryAfter = readRetryAfter(headers, BRIEF_RETRY.clock.now());
    const wait = retryAfter === undefined ? {} : { retryAfter };
    return new AdapterError(status === 429 ? "rate-limited" : "unreachable", `${place}: status ${status}`, wait);
  }
  return new AdapterError("malformed", `${place}: status ${status} instead of a list`);
}

/** An answer that says no is short; one that is not is cut off. */
async function dropped({ body }: HttpStream): Promise<void> {
  let received = 0;
  for await (const chunk of body) {
    received += chunk.byteLength;
    if (received > MOST_FAULT_BYTES) return;
  }
}
