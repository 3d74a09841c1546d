/** `seconds`: about how long it may take. The rest is for single measurements, which say what they take. */
export interface BenchOptions {
  readonly seconds?: number;
  /** How many images. */
  readonly images?: number;
  /** An inventory of another generator, and the data of its policy. */
  readonly inventory?: string;
  readonly policyData?: string;
  /** A store that was loaded before; made and kept where it is not there yet. */
  readonly store?: string;
  /** File for one line an image: digest and number of denials. */
  readonly verdicts?: string;
  /** Folder of the peers' own benches, to run beside ours. */
  readonly peers?: string;
}

/** One measurement; its rows are printed as they are. */
export type Bench = (options: BenchOptions) => Promise<readonly object[]>;
