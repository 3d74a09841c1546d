import type { RegistryHost } from "../domain/image-ref.ts";
import type { FindingsSource, ImageFacts } from "../ports/findings-source.ts";
import type { RegistrySettings } from "../ports/provider.ts";
import { providers } from "../providers/table.ts";

const NOTHING: ImageFacts = { findings: { kind: "absent" }, content: [], inventory: { kind: "absent" }, vex: [], attestations: [] };

/** What the registries' own scanners find: each is asked about the images of its registry alone, and of others nothing is known here. */
export async function ownScanners(registries: readonly (RegistrySettings & { readonly provider: string })[]): Promise<FindingsSource[]> {
  const scanners = new Map<RegistryHost, FindingsSource>();
  for (const settings of registries) {
    const provider = await providers[settings.provider]?.();
    const scanner = provider?.openFindings?.(settings);
    if (scanner !== undefined) scanners.set(settings.host, scanner);
  }
  if (scanners.size === 0) return [];
  return [
    {
      id: "registry",
      facts: async (request, signal) => scanners.get(request.image.registry)?.facts(request, signal) ?? NOTHING,
    },
  ];
}
