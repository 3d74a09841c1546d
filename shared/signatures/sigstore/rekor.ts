import { type Instant, instant } from "../../domain/time.ts";
import { verifies } from "../algorithms.ts";
import { objectionToCheckpoint } from "./checkpoint.ts";
import { objectionToBody, type Signed } from "./log-body.ts";
import type { LogEntry } from "./log-entry.ts";
import { isIncluded } from "./merkle.ts";
import { type Objection, objection } from "./objection.ts";
import { isWithin, type TransparencyLog, type Window } from "./root.ts";

/** A verified entry. `at` is absent where the log tells no time (second generation, or no promise); `windows`: when the root vouches for the log. */
export interface Logged {
  readonly kind: "logged";
  readonly at: Instant | undefined;
  readonly windows: readonly Window[];
}

/**
 * Verifies an entry offline: its body records this very signature, its log is trusted, and the log stands for it by a promise (signed entry
 * timestamp), by an inclusion proof under a checkpoint, or by both. What is there must be right, whether it was needed or not.
 * @throws AdapterError malformed, too-large
 */
export function verifyLogEntry(entry: LogEntry, signed: Signed, logs: readonly TransparencyLog[]): Logged | Objection {
  // A log may be listed once for each time that it was vouched for: its id is that of its key.
  const [log, ...again] = logs.filter(({ id }) => id.equals(entry.logId));
  if (log === undefined) return objection("no-transparency-log", "recorded in no log that is trusted");
  const { promise, proof } = entry;
  if (promise === undefined && proof === undefined)
    return objection("no-transparency-log", "a log entry that its log stands for in no way");
  const against = objectionToBody(entry, signed) ?? (proof === undefined ? undefined : objectionToProof(entry, log));
  if (against !== undefined) return against;
  const windows = [log, ...again].map(({ window }) => window);
  return promise === undefined ? { kind: "logged", at: undefined, windows } : readPromise(entry, promise, log, windows);
}

function objectionToProof({ body, proof }: LogEntry, log: TransparencyLog): Objection | undefined {
  if (proof === undefined || !isIncluded(body, proof))
    return objection("signature-invalid", "its inclusion proof does not lead to the root of the log");
  return objectionToCheckpoint(proof, log);
}

function readPromise(entry: LogEntry, promise: Uint8Array, log: TransparencyLog, windows: readonly Window[]): Logged | Objection {
  if (!verifies(log.scheme, log.key, promised(entry), promise))
    return objection("signature-invalid", "its log did not promise to hold this entry at that time");
  if (entry.integratedTime <= 0n || entry.integratedTime > LAST_SECOND)
    return objection("malformed", "logged at a time that no calendar has");
  const at = instant(Number(entry.integratedTime) * 1000);
  if (!windows.some((window) => isWithin(window, at)))
    return objection("no-transparency-log", "logged when the trusted root did not vouch for the log's key");
  return { kind: "logged", at, windows };
}

const LAST_SECOND = 253_402_300_799n;

// sigstore/rekor, pkg/verify: the promise covers these four in canonical JSON (RFC 8785), names in order.
function promised({ body, integratedTime, logId, index }: LogEntry): Buffer {
  const [bodyText, logIdText] = [Buffer.from(body).toString("base64"), Buffer.from(logId).toString("hex")];
  return Buffer.from(`{"body":"${bodyText}","integratedTime":${integratedTime},"logID":"${logIdText}","logIndex":${index}}`);
}
