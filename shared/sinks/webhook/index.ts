import { eventId } from "../../audit/event-id.ts";
import { toOcsf } from "../../audit/ocsf.ts";
import type { JournalEntry } from "../../domain/audit-event.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AuditSink, SinkKind, SinkSettings } from "../../ports/audit-sink.ts";
import { systemClock } from "../../runtime/clock.ts";
import { requestStream } from "../../runtime/http.ts";
import { isLoopback } from "../../runtime/url.ts";
import { type Answer, fromFault, fromStatus } from "../answer.ts";
import { fitting } from "../batch.ts";
import { parseWebhookSecret, signWebhook } from "./sign.ts";

// Many receivers refuse bodies above 1 MB, some above 256 KB.
const BATCH = { maxEvents: 100, maxBytes: 240 * 1024 };
const TIMEOUT_MS = 20_000;
/** Of an answer, enough to say why it refused. */
const READ_BYTES = 2_048;

/**
 * Any receiver of Standard Webhooks 1.0.0. The body is always an OCSF bundle, `{"events":[...],"start_time","end_time","count"}`, also for one
 * event; it is not compressed, since the signature is over the bytes that are sent and the common verifiers read them as text.
 */
export const webhook: SinkKind = { id: "webhook", open };

function open(settings: SinkSettings): AuditSink {
  const url = parseAddress(settings);
  if (settings.secrets.length === 0)
    throw new AdapterError("malformed", `sink ${settings.name}: a webhook needs a secret to sign with`, {
      mend: "set `secret` to env:NAME or file:PATH",
    });
  const keys = settings.secrets.map(parseWebhookSecret);
  return {
    name: settings.name,
    batch: BATCH,
    async send(entries, signal) {
      const { body, count } = bundle(entries, settings.version);
      const id = webhookId(entries.slice(0, count));
      try {
        return fromStatus(await post(url, { id, body, keys, version: settings.version }, signal), count, systemClock.now());
      } catch (error) {
        if (error instanceof AdapterError) return fromFault(error);
        throw error;
      }
    },
  };
}

function parseAddress({ name, url: text = "", plainHttp }: SinkSettings): URL {
  const url = URL.parse(text);
  const isAllowed = url?.protocol === "https:" || (url?.protocol === "http:" && plainHttp && isLoopback(url.hostname));
  if (url !== null && isAllowed) return url;
  throw new AdapterError("malformed", `sink ${name}: its address is not https`, {
    mend: "write an https address; plain HTTP needs `plainHttp: true` and a loopback host",
  });
}

/** OCSF's form of several events in one document (ocsf/examples, encodings/json). */
export function bundle(entries: readonly JournalEntry[], version: string): { readonly body: Uint8Array; readonly count: number } {
  const texts = fitting(entries, (entry) => JSON.stringify(toOcsf(entry, { version })), BATCH);
  const times = entries.slice(0, texts.length).map((entry) => entry.event.at);
  const range = `"start_time":${Math.min(...times)},"end_time":${Math.max(...times)},"count":${texts.length}`;
  return { body: Buffer.from(`{"events":[${texts.join(",")}],${range}}`), count: texts.length };
}

/** The same batch has the same id whenever it is sent: the receiver's key against doing a thing twice. */
export function webhookId(entries: readonly JournalEntry[]): string {
  const [first, last] = [entries[0]?.event.id ?? "", entries.at(-1)?.event.id ?? ""];
  return `evt_${entries.length === 1 ? first : eventId("batch", first, last, entries.length)}`;
}

interface Post {
  readonly id: string;
  readonly body: Uint8Array;
  readonly keys: readonly Uint8Array[];
  readonly version: string;
}

async function post(url: URL, { id, body, keys, version }: Post, signal: AbortSignal | undefined): Promise<Answer> {
  // Of this try, not of the first one: receivers refuse what is older than five minutes.
  const timestamp = Math.floor(systemClock.now() / 1000);
  const headers = {
    "content-type": "application/json",
    "user-agent": `moorgate/${version}`,
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signWebhook(keys, id, timestamp, body),
  };
  const answer = await requestStream({
    url,
    method: "POST",
    headers,
    body,
    timeoutMs: TIMEOUT_MS,
    signal,
    maxBytes: Number.MAX_SAFE_INTEGER,
  });
  return { status: answer.status, headers: answer.headers, said: await beginning(answer.body) };
}

/** The status has decided already: what else goes wrong with the answer is not looked at. */
async function beginning(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= READ_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
  }
  return Buffer.concat(chunks).toString("utf8", 0, READ_BYTES);
}
