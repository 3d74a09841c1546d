import { AdapterError } from "../ports/adapter-error.ts";

export type Settled<T> = { readonly value: T } | { readonly fault: string };

/** Makes a fault of an adapter a value; nothing else is caught. `place` goes before the fault's own words. */
export async function settle<T>(work: () => Promise<T>, place = ""): Promise<Settled<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof AdapterError) return { fault: `${place}${error.message}` };
    throw error;
  }
}
