import * as z from "zod";
import type { RegistryEvent } from "../../../shared/domain/event.ts";
import { instant, parseInstant } from "../../../shared/domain/time.ts";
import { oci } from "../../../shared/providers/oci/index.ts";
import { compare, type IndexedKind, type Row } from "./row.ts";

/** What stands in one event of an envelope; `undefined` or `null` where it does not say. */
export const EXPECTED_EVENT = z.object({
  id: z.string(),
  action: z.string(),
  repository: z.string(),
  tag: z.string().nullish(),
  digest: z.string().nullish(),
  mediaType: z.string().nullish(),
  host: z.string().nullish(),
  actor: z.string().nullish(),
  time: z.string().nullish(),
  isImage: z.boolean(),
});
type ExpectedEvent = z.output<typeof EXPECTED_EVENT>;

/** Envelopes of the distribution registry: pushes of manifests and deletes become events, everything else is passed over. */
export const distributionEvents: IndexedKind = async function* (cases) {
  for (const { file, bytes, expected } of cases) {
    const { events } = z.object({ events: z.array(EXPECTED_EVENT) }).parse(expected);
    yield judgeDelivery(file, {}, bytes, events);
  }
};

const RECEIVED_AT = instant(Date.parse("2026-11-21T12:00:00Z"));

export function judgeDelivery(
  name: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  expected: readonly ExpectedEvent[],
): Row {
  const decoded = oci.decoder.decode({ headers, body, receivedAt: RECEIVED_AT });
  if (decoded.kind === "malformed") return { case: name, outcome: "failed", detail: `malformed: ${decoded.why}` };
  const wanted = expected.filter(concernsUs).map(wantedFields);
  const got = decoded.events.map(gotFields);
  const places = Object.fromEntries(wanted.map((fields, index) => [`event ${index}`, fields]));
  return compare(
    name,
    { events: wanted.length, ...places },
    { events: got.length, ...Object.fromEntries(got.map((fields, index) => [`event ${index}`, fields])) },
  );
}

/** A delete is a hint whatever it names: that of a blob looks like that of an untagged manifest. */
function concernsUs({ action, isImage }: ExpectedEvent): boolean {
  return action === "delete" || (action === "push" && isImage);
}

function wantedFields({
  id,
  action,
  repository,
  tag,
  digest,
  mediaType,
  host,
  actor,
  time,
}: ExpectedEvent): Readonly<Record<string, unknown>> {
  return {
    id,
    kind: action === "delete" ? "deleted" : "pushed",
    registry: host ?? undefined,
    repository,
    tag: tag ?? undefined,
    digest: digest ?? undefined,
    mediaType: action === "delete" ? undefined : (mediaType ?? undefined),
    actor: actor ?? undefined,
    at: time === null || time === undefined ? "unknown" : parseInstant(time),
  };
}

function gotFields(event: RegistryEvent): Readonly<Record<string, unknown>> {
  const { id, kind, registry, repository, tag, digest, actor, at } = event;
  return { id, kind, registry, repository, tag, digest, mediaType: event.kind === "pushed" ? event.mediaType : undefined, actor, at };
}
