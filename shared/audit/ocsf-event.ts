import type { JournalEntry } from "../domain/audit-event.ts";
import type { Json } from "./json.ts";
import { labelled, OCSF_VERSION, type OcsfClass, SEVERITY } from "./ocsf-tables.ts";
import { redactText } from "./redact.ts";

export interface Fields {
  readonly [name: string]: Json;
}

/** One event as a SIEM gets it. */
export interface OcsfEvent extends Fields {
  readonly class_uid: number;
  readonly type_uid: number;
  readonly time: number;
  readonly metadata: Fields;
}

/** Who tells it. */
export interface Producer {
  readonly version: string;
}

export const PRODUCT = "moorgate";

/** What a class's renderer decides; the rest is the same in all events. */
export interface Rendering {
  readonly class: OcsfClass;
  readonly activity: number;
  /** `metadata.event_code`: what detections are written for. */
  readonly code: string;
  readonly severity: number;
  readonly message: string;
  readonly isTruncated?: boolean;
  /** Where the provider is known; the event then declares the `cloud` profile, besides `security_control`. */
  readonly cloud?: Fields | undefined;
  /** Our own facts, besides the place in the journal. */
  readonly own?: Fields;
  readonly fields: Fields;
}

/** Lays the attributes that all events have around those that are special. */
export function envelop(entry: JournalEntry, producer: Producer, rendering: Rendering): OcsfEvent {
  const { class: kind, activity, severity, message, cloud, own, fields } = rendering;
  const { event, chain, index, hash } = entry;
  const activityName = kind.activities[activity] ?? "Unknown";
  return {
    category_uid: kind.category.uid,
    category_name: kind.category.name,
    class_uid: kind.uid,
    class_name: kind.name,
    activity_id: activity,
    activity_name: activityName,
    type_uid: kind.uid * 100 + activity,
    type_name: `${kind.name}: ${activityName}`,
    ...labelled("severity", SEVERITY, severity),
    time: event.at,
    timezone_offset: 0,
    metadata: metadata(entry, producer, rendering),
    ...(cloud === undefined ? {} : { cloud }),
    message: short(message),
    ...fields,
    unmapped: { moorgate: { chain, index, hash, ...(event.partOf === undefined ? {} : { partOf: event.partOf }), ...own } },
  };
}

function metadata({ event, sequence }: JournalEntry, { version }: Producer, { code, cloud, isTruncated }: Rendering): Fields {
  return {
    uid: event.id,
    version: OCSF_VERSION,
    product: { name: PRODUCT, vendor_name: "Moorgate", version },
    log_name: "moorgate-journal",
    correlation_uid: event.correlationId,
    event_code: code,
    sequence,
    logged_time: event.at,
    profiles: cloud === undefined ? ["security_control"] : ["cloud", "security_control"],
    // In kilobytes, as the schema says.
    ...(isTruncated === true ? { is_truncated: true, untruncated_size: Math.ceil(JSON.stringify(event).length / 1024) } : {}),
  };
}

/** Enough for any sentence that the gate makes; what registries and reports put into it is cut. */
const MAX_TEXT = 1_000;
/** More than this is not looked at, so that a huge text costs little. */
const MAX_READ = 10_000;

/** Cut text. Credentials are taken out before: half a credential would not be known as one. */
export function short(text: string): string {
  const clean = redactText(text.slice(0, MAX_READ));
  return clean.length <= MAX_TEXT ? clean : `${clean.slice(0, MAX_TEXT - 3)}...`;
}
