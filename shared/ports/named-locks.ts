/**
 * One at a time per name. Steps on an image hold `image` locks; acts on a registry hold its repository's lock inside, always in this
 * order. Within one process memory is enough: between processes the ledger's version refuses the second writer.
 */
export interface NamedLocks {
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}
