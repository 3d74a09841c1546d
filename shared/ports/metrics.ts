/** Counts for `/metrics`. Labels come from small fixed sets, never from a repository or digest. */
export interface Metrics {
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void;
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  /** Seconds. */
  observe(name: string, seconds: number, labels?: Readonly<Record<string, string>>): void;
}
