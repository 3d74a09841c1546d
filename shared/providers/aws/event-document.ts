import { AdapterError } from "../../ports/adapter-error.ts";
import { readJson } from "../../runtime/json.ts";
import { isObject } from "../../runtime/lenient.ts";
import { ENVELOPE, type Envelope } from "./event-envelope.ts";
import { isRecord } from "./events-trail.ts";

/** EventBridge takes 256 KiB; a record of CloudTrail in another wrapping has a manifest in it twice, of 4 MiB at most. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_DEPTH = 32;

type Members = Readonly<Record<string, unknown>>;

export type EventDocument = { readonly record: Members } | { readonly envelope: Envelope } | { readonly malformed: string };

/**
 * What was sent: a record of CloudTrail, or an event in its envelope, also in the notification of a topic. Whatever is neither is malformed
 * and never passed over: an event may be in it, in a wrapping that is not read.
 */
export function readEvent(body: Uint8Array): EventDocument {
  try {
    return documentOf(unwrapped(readObject(body)));
  } catch (error) {
    if (error instanceof AdapterError) return { malformed: error.message };
    throw error;
  }
}

function documentOf(document: Members): EventDocument {
  if (isRecord(document)) return { record: document };
  const envelope = ENVELOPE.parse(document);
  if (envelope.source === "" || envelope["detail-type"] === "")
    return { malformed: "event: neither a source and a detail-type nor a record of CloudTrail" };
  if (!isObject(envelope.detail)) return { malformed: "event: its detail is no object" };
  return { envelope };
}

/** Amazon SNS developer guide, "Parsing message formats": what was published is a text in the notification, unless it is delivered raw. */
function unwrapped(document: Members): Members {
  const { Type: type, Message: message } = document;
  return type === "Notification" && typeof message === "string" ? readObject(Buffer.from(message, "utf8")) : document;
}

function readObject(text: Uint8Array): Members {
  const document = readJson(text, { maxBytes: MOST_BYTES, maxDepth: MOST_DEPTH, place: "event" });
  if (!isObject(document)) throw new AdapterError("malformed", "event: not an object");
  return document;
}
