import { isDigest } from "../../domain/digest.ts";
import type { RegistryEvent } from "../../domain/event.ts";
import { isRegistryHost, isRepository, isTag, type RegistryHost } from "../../domain/image-ref.ts";
import { lookUp } from "../../domain/look-up.ts";
import { quote } from "../../domain/parse-error.ts";
import type { SetupChange } from "../../domain/setup-change.ts";
import type { Instant } from "../../domain/time.ts";
import type { Decoded, Delivery, EventDecoder } from "../../ports/event-decoder.ts";
import { readLooseTime, short } from "../../runtime/lenient.ts";
import { knowsSecret } from "../oci/authenticate.ts";
import { readEvent } from "./event-document.ts";
import { type ChangeHint, type Envelope, type Hint, skip, type Told } from "./event-envelope.ts";
import { readEcr } from "./events-ecr.ts";
import { readHub } from "./events-hub.ts";
import { readInspector } from "./events-inspector.ts";
import { readTrail } from "./events-trail.ts";
import { hostOf } from "./place.ts";

/** A lifecycle policy tells of ten images at once, a finding of one, a call deletes a hundred. */
const MOST_EVENTS = 1_000;
const MOST_TAGS = 10;
const MOST_CHARACTERS = 2_000;
const SOURCE = "ecr";
/** Services whose calls are read in the trail. */
const ON_TRAIL = ["aws.ecr", "aws.signer"];
const READERS: Readonly<Record<string, (envelope: Envelope) => Told>> = {
  "aws.ecr": readEcr,
  "aws.inspector": readInspector,
  "aws.inspector2": readInspector,
  "aws.securityhub": readHub,
};

/**
 * Events of EventBridge about images of ECR: its own, those of Inspector and Security Hub, and the records of CloudTrail, in their envelope or
 * as they are kept. Each names something to look at: what is found, held or gone, the services are asked.
 */
export const decoder: EventDecoder = { authenticate: knowsSecret, decode, namesRegistry: true, namesActorsApart: true };

function decode({ body }: Delivery): Decoded {
  const read = readEvent(body);
  if ("malformed" in read) return { kind: "malformed", why: read.malformed };
  const told = "record" in read ? known(readTrail(read.record), "", undefined) : readEnvelope(read.envelope);
  const found = told.hints.slice(0, MOST_EVENTS).flatMap((hint) => eventsOf(hint, told));
  const events = found.flatMap((each) => ("event" in each ? [each.event] : []));
  const changed = (told.changes ?? []).map((change) => changeOf(change, told));
  const changes = changed.flatMap((each) => ("change" in each ? [each.change] : []));
  const more = told.hints.length - MOST_EVENTS;
  return {
    kind: "events",
    events: events.map((event, at) => (events.length === 1 ? event : { ...event, id: `${event.id}/${at}` })),
    ...(changes.length === 0 ? {} : { changes }),
    skipped: [
      ...told.skipped,
      ...[...found, ...changed].flatMap((each) => ("skipped" in each ? [each.skipped] : [])),
      ...(more > 0 ? [`${more} images more than the ${MOST_EVENTS} that are read`] : []),
    ],
  };
}

type Known = Told & Required<Pick<Told, "id">>;

function readEnvelope(envelope: Envelope): Known {
  const { source, "detail-type": type, id, time, account, detail } = envelope;
  if (ON_TRAIL.includes(source) && type.endsWith(" via CloudTrail")) return known(readTrail(detail, account), id, time);
  return known(lookUp(READERS, source)?.(envelope) ?? skip(`${quote(type)} of ${quote(source)} is no event that is read here`), id, time);
}

function known(told: Told, id: string, time: string | null | undefined): Known {
  return { ...told, id: told.id ?? id, time: told.time ?? time ?? undefined };
}

type Read = { readonly event: RegistryEvent } | { readonly skipped: string };

const NAMELESS = { skipped: "an event without an id" };

function eventsOf(hint: Hint, { id, actor, time }: Known): readonly Read[] {
  const { kind, repository } = hint;
  const registry = registryOf(hint);
  if (id === "") return [NAMELESS];
  if (registry === undefined) return [noRegistry(hint)];
  if (!isRepository(repository)) return [{ skipped: `${quote(repository)} is no repository` }];
  // Records that were kept elsewhere may have lost their zone, which is UTC.
  const at: Instant | "unknown" = readLooseTime(time) ?? "unknown";
  const fields = {
    id: short(id, 200),
    source: SOURCE,
    registry,
    repository,
    at,
    ...(actor ? { actor: short(actor, MOST_CHARACTERS) } : {}),
  };
  return objectsOf(hint).map((named) => {
    if ("skipped" in named) return named;
    const { mediaType = "" } = hint;
    return { event: { kind, ...fields, ...named, ...(kind === "pushed" && mediaType !== "" ? { mediaType: short(mediaType, 256) } : {}) } };
  });
}

/** Of a repository whose name cannot be, the registry alone is told. */
function changeOf(
  { account, region, repository, digest, ...change }: ChangeHint,
  { id, actor, time }: Known,
): { readonly change: SetupChange } | { readonly skipped: string } {
  const registry = hostOf({ account, region });
  if (id === "") return NAMELESS;
  if (registry === undefined) return noRegistry({ account, region });
  return {
    change: {
      ...change,
      id: short(id, 200),
      source: SOURCE,
      registry,
      at: readLooseTime(time) ?? "unknown",
      ...(isRepository(repository) ? { repository } : {}),
      ...(isDigest(digest) ? { digest } : {}),
      ...(actor ? { actor: short(actor, MOST_CHARACTERS) } : {}),
    },
  };
}

function noRegistry({ host, account, region }: Pick<Hint, "host" | "account" | "region">): { readonly skipped: string } {
  return { skipped: `${quote(host ?? `${account} in ${region}`)} is no registry` };
}

function registryOf({ host, account, region }: Hint): RegistryHost | undefined {
  if (host === undefined) return hostOf({ account, region });
  const lower = host.toLowerCase();
  return isRegistryHost(lower) ? lower : undefined;
}

type Named = Pick<RegistryEvent, "digest" | "tag"> | { readonly skipped: string };

/**
 * By digest where it is one. A scan is of a digest, whatever its tags are by now. Published samples have digests that are none: then the
 * registry is asked what the tags name.
 */
function objectsOf({ kind, digest = "", tags = [] }: Hint): readonly Named[] {
  const named = tags.filter((tag) => tag !== "").slice(0, MOST_TAGS);
  const known = named.filter((tag) => isTag(tag));
  const skipped = named.filter((tag) => !isTag(tag)).map((tag) => ({ skipped: `${quote(tag)} is no tag` }));
  if (isDigest(digest)) {
    const [tag] = known;
    return [kind === "scanned" || tag === undefined || known.length > 1 ? { digest } : { digest, tag }, ...skipped];
  }
  if (digest !== "") skipped.push({ skipped: `${quote(digest)} is no digest` });
  if (known.length === 0 && skipped.length === 0) return [{ skipped: `a ${kind} that names neither digest nor tag` }];
  return [...known.map((tag) => ({ tag })), ...skipped];
}
