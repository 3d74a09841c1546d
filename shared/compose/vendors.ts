import type { ImageKey, RegistryHost } from "../domain/image-ref.ts";
import type { JudgeDeps } from "../pipeline/deps.ts";
import { present } from "../pipeline/work.ts";
import type { FindingsSource, ImageFacts } from "../ports/findings-source.ts";
import type { Provider, RegistrySettings } from "../ports/provider.ts";
import type { RegistrySigning } from "../ports/registry-signing.ts";
import { providers } from "../providers/table.ts";

/** What the products of the watched registries know themselves, beside what lies in the registries. */
export interface Vendors extends Pick<JudgeDeps, "signing" | "awsSigner"> {
  readonly scanners: readonly FindingsSource[];
}

interface Watched {
  readonly settings: RegistrySettings;
  readonly provider: Provider;
}

/** Each is asked about the images of its own registries. */
export async function openVendors(registries: readonly RegistrySettings[]): Promise<Vendors> {
  const watched: Watched[] = [];
  for (const settings of registries) {
    const provider = await providers[settings.provider]?.();
    if (provider !== undefined) watched.push({ settings, provider });
  }
  const scanners = byHost(watched, ({ provider, settings }) => provider.openFindings?.(settings));
  const signers = byHost(watched, ({ provider, settings }) => provider.openSigning?.(settings));
  return {
    scanners: scanners.size === 0 ? [] : [scanning(scanners)],
    ...present({ signing: signers.size === 0 ? undefined : signingOf(signers), awsSigner: awsSignerOf(watched) }),
  };
}

function byHost<Part>(watched: readonly Watched[], open: (each: Watched) => Part | undefined): ReadonlyMap<RegistryHost, Part> {
  return new Map(
    watched.flatMap((each) => {
      const part = open(each);
      return part === undefined ? [] : [[each.settings.host, part] as const];
    }),
  );
}

const NOTHING: ImageFacts = { findings: { kind: "absent" }, content: [], inventory: { kind: "absent" }, vex: [], attestations: [] };

function scanning(scanners: ReadonlyMap<RegistryHost, FindingsSource>): FindingsSource {
  return {
    id: "registry",
    facts: async (request, signal) => scanners.get(request.image.registry)?.facts(request, signal) ?? NOTHING,
    async *changedSince(repository, since, signal) {
      yield* scanners.get(repository.registry)?.changedSince?.(repository, since, signal) ?? [];
    },
  };
}

function signingOf(signers: ReadonlyMap<RegistryHost, RegistrySigning>): RegistrySigning {
  return { state: async (image: ImageKey, signal) => signers.get(image.registry)?.state(image, signal) ?? { kind: "none" } };
}

/** One for all registries of the product: a signature may come from any account. */
function awsSignerOf(watched: readonly Watched[]): JudgeDeps["awsSigner"] {
  const [first] = watched.filter(({ provider }) => provider.openAwsSigner !== undefined);
  const registries = watched.filter(({ provider }) => provider === first?.provider).map(({ settings }) => settings);
  return first?.provider.openAwsSigner?.(registries);
}
