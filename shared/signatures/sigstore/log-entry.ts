/** Where a tree of a log stands, and the way from the entry to its root (RFC 6962, 2.1.1). */
export interface InclusionProof {
  readonly index: bigint;
  readonly treeSize: bigint;
  readonly rootHash: Uint8Array;
  readonly hashes: readonly Uint8Array[];
  /** A signed note (C2SP signed-note, tlog-checkpoint), unread. */
  readonly checkpoint: string;
}

/** An entry of a transparency log as a signature carries it. Nothing in it has been verified. */
export interface LogEntry {
  readonly logId: Uint8Array;
  readonly index: bigint;
  /** Kind and version as told beside the entry; the body says it again. */
  readonly kindVersion: string | undefined;
  /** Seconds since 1970; says nothing without the promise that covers it. */
  readonly integratedTime: bigint;
  readonly body: Uint8Array;
  /** The log's signature over body, time, log and index ("signed entry timestamp"); logs of the second generation give none. */
  readonly promise: Uint8Array | undefined;
  readonly proof: InclusionProof | undefined;
}
