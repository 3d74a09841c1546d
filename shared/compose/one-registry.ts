import { ParseError } from "../domain/parse-error.ts";
import type { Provider, RegistrySettings } from "../ports/provider.ts";
import type { Registry } from "../ports/registry.ts";
import { providers } from "../providers/table.ts";
import { openVendors, type Vendors } from "./vendors.ts";

/** One registry by itself: its images, and what its product knows of them. */
export interface OneRegistry {
  readonly source: Registry;
  readonly vendors: Vendors;
}

/** @throws ParseError where no such provider is built in */
export async function openOneRegistry(settings: RegistrySettings): Promise<OneRegistry> {
  const provider = await providerOf(settings);
  return { source: provider.openRegistry(settings), vendors: await openVendors([settings]) };
}

/** @throws ParseError where no such provider is built in */
export async function providerOf({ host, provider: id }: Pick<RegistrySettings, "host" | "provider">): Promise<Provider> {
  const provider = await providers[id]?.();
  if (provider === undefined)
    throw new ParseError(`registries: ${host}`, `no provider ${id} is built in`, `write one of ${Object.keys(providers).join(", ")}`);
  return provider;
}
