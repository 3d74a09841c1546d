import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { AdapterError } from "../ports/adapter-error.ts";

type LookedUp = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** Every address that the name has must be allowed: one private among them is a trap or a mistake. */
export function checkedLookup(isAllowed: (address: string) => boolean) {
  return (hostname: string, options: LookupOptions, done: LookedUp): void => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return done(error ?? notPublic(hostname), []);
      if (!addresses.every(({ address }) => isAllowed(address))) return done(notPublic(hostname), []);
      return options.all === true ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
}

export function notPublic(host: string): AdapterError {
  return new AdapterError("refused", `${host}: not an address of the public internet`, {
    mend: "allow private destinations for this sink",
  });
}
