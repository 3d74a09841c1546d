import { isDigest } from "../../domain/digest.ts";
import type { PullEvent, RegistryEvent } from "../../domain/event.ts";
import { isRegistryHost, isRepository, isTag } from "../../domain/image-ref.ts";
import { isManifestType } from "../../domain/manifest.ts";
import { quote } from "../../domain/parse-error.ts";
import { type Instant, parseInstant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Decoded, Delivery, EventDecoder } from "../../ports/event-decoder.ts";
import { readJson } from "../../runtime/json.ts";
import { knowsSecret } from "./authenticate.ts";

// Distribution sends one event a request, GitLab's registry some; with references an event has a few hundred bytes a layer.
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_EVENTS = 1_000;
const MOST_DEPTH = 16;
const MOST_CHARACTERS = 256;

type Members = Readonly<Record<string, unknown>>;
type Read = { readonly event: RegistryEvent } | { readonly pull: PullEvent } | { readonly skipped: string };

/** Notifications of CNCF Distribution 2 (`events.v1+json`) and 3 (`events.v2+json`), and of the embedded registry. */
export const decoder: EventDecoder = { authenticate: knowsSecret, decode };

/**
 * Digest, tag and place are taken as hints. `target.url` and `request.addr` are not read: both are what the client of the registry wrote
 * into X-Forwarded headers (recorded on 2.8.2 and 3.1.2).
 */
function decode({ body }: Delivery): Decoded {
  const envelope = readEnvelope(body);
  if (typeof envelope === "string") return { kind: "malformed", why: envelope };
  const read = envelope.slice(0, MOST_EVENTS).map(readEvent);
  const skipped = read.flatMap((one) => ("skipped" in one ? [one.skipped] : []));
  if (envelope.length > MOST_EVENTS) skipped.push(`${envelope.length - MOST_EVENTS} events more than the ${MOST_EVENTS} that are read`);
  const pulls = read.flatMap((one) => ("pull" in one ? [one.pull] : []));
  const events = read.flatMap((one) => ("event" in one ? [one.event] : []));
  return { kind: "events", events, ...(pulls.length === 0 ? {} : { pulls }), skipped };
}

/** @returns why it is none. */
function readEnvelope(body: Uint8Array): readonly unknown[] | string {
  try {
    const document = readJson(body, { maxBytes: MOST_BYTES, maxDepth: MOST_DEPTH, place: "notification" });
    const events = membersOf(document)["events"];
    return Array.isArray(events) ? events : "notification: it has no list of events";
  } catch (error) {
    if (error instanceof AdapterError) return error.message;
    throw error;
  }
}

function readEvent(value: unknown): Read {
  const event = membersOf(value);
  const target = membersOf(event["target"]);
  const request = membersOf(event["request"]);
  const [id, action, repository, host] = [
    text(event["id"]),
    text(event["action"]),
    text(target["repository"]),
    text(request["host"]).toLowerCase(),
  ];
  if (action !== "push" && action !== "delete" && action !== "pull")
    return { skipped: action === "" ? "an event without an action" : `${quote(action)} changes nothing` };
  if (id === "") return { skipped: "an event without an id" };
  if (!isRepository(repository)) return { skipped: `${quote(repository)} is no repository` };
  if (!isRegistryHost(host)) return { skipped: `${quote(host)} is no registry host` };
  const actor = text(membersOf(event["actor"])["name"]);
  const at = readTime(text(event["timestamp"]));
  const fields = { id, source: "oci", registry: host, repository, at, ...(actor === "" ? {} : { actor }) };
  if (action === "pull") return readPull(fields, target, request);
  const object = readObject(target, action);
  return "skipped" in object ? object : { event: { ...fields, ...object } };
}

/**
 * A HEAD is told as a pull too, and asks which digest a tag is: whoever looks for new versions does so every few minutes, and runs nothing
 * (recorded on 2.8.2 and 3.1.2).
 */
function readPull(fields: Omit<PullEvent, "digest" | "userAgent">, target: Members, request: Members): Read {
  const [digest, mediaType, userAgent] = [text(target["digest"]), text(target["mediaType"]), text(request["useragent"])];
  if (text(request["method"]).toUpperCase() === "HEAD") return { skipped: "a look at a manifest" };
  if (mediaType !== "" && !isManifestType(mediaType)) return { skipped: "pull of a blob" };
  if (!isDigest(digest)) return { skipped: `${quote(digest)} is no digest` };
  return { pull: { ...fields, digest, ...(userAgent === "" ? {} : { userAgent }) } };
}

type EventObject =
  | Pick<Extract<RegistryEvent, { kind: "pushed" }>, "kind" | "digest" | "tag" | "mediaType">
  | Pick<Extract<RegistryEvent, { kind: "deleted" }>, "kind" | "digest" | "tag">;

/**
 * What was pushed or deleted. A blob's deletion looks like that of an untagged manifest (digest, no media type), so both are told; so is the
 * deletion of a replaced list of referrers. Whether an image is gone, the registry is asked.
 */
function readObject(target: Members, action: "push" | "delete"): EventObject | { readonly skipped: string } {
  // Version 3 writes members that it does not know as "" where version 2 leaves them out.
  const [digest, tag, mediaType] = [text(target["digest"]), text(target["tag"]), text(target["mediaType"])];
  if (digest === "" && tag === "") return { skipped: `a ${action} that names neither digest nor tag` };
  if (digest !== "" && !isDigest(digest)) return { skipped: `${quote(digest)} is no digest` };
  if (tag !== "" && !isTag(tag)) return { skipped: `${quote(tag)} is no tag` };
  if (tag === "" && mediaType !== "" && !isManifestType(mediaType)) return { skipped: `${action} of a blob` };
  const named = nameObject(digest, tag);
  return action === "delete" ? { kind: "deleted", ...named } : { kind: "pushed", ...named, ...(mediaType === "" ? {} : { mediaType }) };
}

function nameObject(digest: string, tag: string): Pick<EventObject, "digest" | "tag"> {
  return { ...(isDigest(digest) ? { digest } : {}), ...(isTag(tag) ? { tag } : {}) };
}

/** Registries write year 1 for "never set". */
function readTime(timestamp: string): Instant | "unknown" {
  try {
    return parseInstant(timestamp);
  } catch {
    return "unknown";
  }
}

/** Empty where it is absent, something else, or longer than any name. */
function text(value: unknown): string {
  return typeof value === "string" && value.length <= MOST_CHARACTERS ? value : "";
}

function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};
}
