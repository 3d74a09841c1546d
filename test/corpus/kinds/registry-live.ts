import * as z from "zod";
import { instant } from "../../../shared/domain/time.ts";
import { oci } from "../../../shared/providers/oci/index.ts";
import { type IndexEntry, openCase, readIndex } from "../indexed.ts";
import { judgeDelivery } from "./events.ts";
import { compare, type FolderKind, type IndexedCase, type Row } from "./row.ts";

const RECORDING = z.object({ headers: z.array(z.tuple([z.string(), z.string()])).nullable(), body: z.string().nullable() });
const text = z.string().optional();
const ENVELOPE = z.object({
  events: z.array(
    z.object({
      id: z.string(),
      timestamp: z.string(),
      action: z.string(),
      target: z.object({ mediaType: text, digest: text, repository: z.string(), tag: text }),
      request: z.object({ host: text }),
      actor: z.object({ name: text }),
    }),
  ),
});

/** Recorded deliveries of real registries. What is expected is read off the recording; `""` stands for absent there. */
export const registryLive: FolderKind = async function* (folder) {
  for (const entry of readIndex(folder)) yield* judgeEntry(folder, entry);
};

function* judgeEntry(folder: string, entry: IndexEntry): Generator<Row> {
  const opened = openCase(folder, entry);
  if ("outcome" in opened) return yield opened;
  const [registry = ""] = entry.file.split("/");
  if (entry.kind !== "event") yield { case: entry.file, outcome: "unsupported", detail: `registry-live ${entry.kind} recordings` };
  else if (!registry.startsWith("distribution-")) yield { case: entry.file, outcome: "unsupported", detail: `registry-live ${registry}` };
  else yield* judgeRecording(opened);
}

function* judgeRecording({ file, bytes }: IndexedCase): Generator<Row> {
  const { headers, body } = RECORDING.parse(JSON.parse(new TextDecoder().decode(bytes)));
  // A cause that gave no delivery: nothing to decode.
  if (headers === null || body === null) return;
  const delivered = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  const sent = new TextEncoder().encode(body);
  const expected = ENVELOPE.parse(JSON.parse(body)).events.map(({ id, timestamp, action, target, request, actor }) => ({
    id,
    action,
    repository: target.repository,
    tag: target.tag || undefined,
    digest: target.digest || undefined,
    mediaType: target.mediaType || undefined,
    host: request.host,
    actor: actor.name || undefined,
    time: timestamp,
    isImage: /manifest|index/.test(target.mediaType ?? ""),
  }));
  yield judgeDelivery(file, delivered, sent, expected);
  const delivery = { headers: delivered, body: sent, receivedAt: instant(0) };
  const [, secret] = /^Bearer (.+)$/.exec(delivered["authorization"] ?? "") ?? [];
  if (secret === undefined) return;
  const accepted = {
    right: oci.decoder.authenticate(delivery, ["another", secret]),
    wrong: oci.decoder.authenticate(delivery, [`${secret}x`]),
  };
  yield compare(`${file} authorization`, { right: true, wrong: false }, accepted);
}
