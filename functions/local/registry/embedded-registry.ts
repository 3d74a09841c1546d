import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { namedLocks } from "../../../shared/runtime/locks.ts";
import { answerBlob } from "./blob-requests.ts";
import type { Access, Call, QuarantinePlace, RegistryContext } from "./context.ts";
import type { Envelope } from "./envelope.ts";
import { layoutIn } from "./layout.ts";
import { answerCatalog, answerReferrers, answerTags } from "./list-requests.ts";
import { answerManifest } from "./manifest-requests.ts";
import { answerRefusal, Refusal } from "./refusal.ts";
import { type Route, readRoute } from "./route.ts";
import { continueUpload, startUpload } from "./upload-requests.ts";
import { dropUpload } from "./upload-store.ts";

export interface EmbeddedRegistryOptions {
  /** Folder that it keeps everything in; made where it does not exist. One process at a time. */
  readonly dir: string;
  /** Hears of every manifest that was pushed, pulled or deleted, before the client has its answer. Should only take it down durably. */
  readonly notify: (envelope: Envelope) => Promise<void>;
  /** Absent: everybody may do everything. */
  readonly access?: Access;
  readonly quarantine?: QuarantinePlace;
  /** Which Host headers are answered; others could be a web page that had its name point here (DNS rebinding). Loopback names by default. */
  readonly allowedHost?: (host: string) => boolean;
}

export interface EmbeddedRegistry {
  /** @param peer `ip:port` of the connection, for the events. */
  handle(request: Request, peer?: string): Promise<Response>;
  close(): Promise<void>;
}

/**
 * A registry for trying out: distribution-spec 1.1.1 over a folder, without a process of its own. What it acknowledged outlives a power
 * cut. It never frees the space of deleted content: there is no garbage collection.
 */
export async function openEmbeddedRegistry(options: EmbeddedRegistryOptions): Promise<EmbeddedRegistry> {
  const layout = layoutIn(resolve(options.dir));
  for (const unfinished of [layout.uploads, layout.scratch]) {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
  }
  const context: RegistryContext = {
    layout,
    uploads: new Map(),
    locks: namedLocks(),
    notify: options.notify,
    access: options.access ?? (() => "allow"),
    quarantine: options.quarantine,
    instanceId: randomUUID(),
  };
  const allowedHost = options.allowedHost ?? isLoopback;
  return {
    handle: (request, peer = "") => answer(context, request, peer, allowedHost),
    async close() {
      for (const upload of context.uploads.values()) await dropUpload(context.uploads, upload);
    },
  };
}

async function answer(context: RegistryContext, request: Request, peer: string, allowedHost: (host: string) => boolean): Promise<Response> {
  try {
    const url = new URL(request.url);
    const host = request.headers.get("host") ?? url.host;
    if (!allowedHost(host)) throw new Refusal(421, "DENIED", "this name is not served here");
    const route = readRoute(url.pathname);
    if (route === undefined) throw new Refusal(404, "UNSUPPORTED", "there is no such endpoint");
    const call = admit(context, { request, url, host, peer }, route);
    return marked(await dispatch(context, call, route));
  } catch (fault) {
    return marked(
      answerRefusal(fault instanceof Refusal ? fault : new Refusal(500, "UNKNOWN", "the registry could not read or write its folder")),
    );
  }
}

/** On refusals too: a client can tell a registry's 404 from that of something in front of it. */
function marked(response: Response): Response {
  response.headers.set("docker-distribution-api-version", "registry/2.0");
  return response;
}

/** @throws Refusal 401 or 403 */
function admit(context: RegistryContext, incoming: Pick<Call, "request" | "url" | "host" | "peer">, route: Route): Call {
  const credentials = readBasic(incoming.request.headers.get("authorization"));
  const method = incoming.request.method === "HEAD" ? "GET" : incoming.request.method;
  const allowed = context.access({
    method,
    ...("repository" in route && { repository: route.repository }),
    ...(credentials && { credentials }),
  });
  if (allowed === "challenge") {
    throw new Refusal(401, "UNAUTHORIZED", "credentials are needed", { headers: { "www-authenticate": 'Basic realm="moorgate"' } });
  }
  if (allowed === "deny") throw new Refusal(403, "DENIED", "these credentials do not reach this repository");
  return { ...incoming, credentials, actor: allowed === "allow" ? undefined : allowed.actor };
}

async function dispatch(context: RegistryContext, call: Call, route: Route): Promise<Response> {
  switch (route.kind) {
    case "manifest":
      return answerManifest(context, call, route.repository, route.reference);
    case "blob":
      return answerBlob(context, call, route.repository, route.digest);
    case "uploads":
      return startUpload(context, call, route.repository);
    case "upload":
      return continueUpload(context, call, route.repository, route.session);
    default:
      return answerReading(context, call, route);
  }
}

async function answerReading(
  context: RegistryContext,
  call: Call,
  route: Extract<Route, { readonly kind: "base" | "catalog" | "tags" | "referrers" }>,
): Promise<Response> {
  if (!["GET", "HEAD"].includes(call.request.method)) throw new Refusal(405, "UNSUPPORTED", "this endpoint takes GET");
  switch (route.kind) {
    case "base":
      return Response.json({});
    case "catalog":
      return answerCatalog(context, call);
    case "tags":
      return answerTags(context, call, route.repository);
    case "referrers":
      return answerReferrers(context, call, route.repository, route.digest);
  }
}

function readBasic(header: string | null): Call["credentials"] {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const [username = "", ...password] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return { username, password: password.join(":") };
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host);
}
