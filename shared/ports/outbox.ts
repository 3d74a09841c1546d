/** One record of a stream that tells what changed in a store. */
export interface ChangeRecord {
  /** Where it stands in the stream. */
  readonly id: string;
  /** As the stream tells it. */
  readonly change: unknown;
}

/** What was committed and has no number in the journal yet, where a stream of the store's own changes tells of it. */
export interface Outbox {
  /**
   * Numbers what waits in the items that the records are of. Records may come twice, late, or not at all: reading the journal finds what none told of.
   * @returns ids of the records whose item cannot be read, in the order given; the others are numbered
   * @throws AdapterError where the store cannot be asked now
   */
  number(records: readonly ChangeRecord[]): Promise<readonly string[]>;
}
