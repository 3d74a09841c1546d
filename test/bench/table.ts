/** One measurement; its rows are printed as they are. `seconds`: about how long it may take. */
export type Bench = (options: { readonly seconds?: number }) => Promise<readonly object[]>;

/** The only list of measurements. */
export const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  push: async () => (await import("./push.ts")).default,
  signatures: async () => (await import("./signatures.ts")).signatures,
  steps: async () => (await import("./steps.ts")).steps,
};
