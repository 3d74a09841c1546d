import { type Built, buildIndex } from "../../../functions/local/samples/image.ts";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import type { BrakeLimits } from "../../../shared/domain/brake.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { instant, parseDuration, printInstant } from "../../../shared/domain/time.ts";
import type { EmergencyList, EmergencyReport } from "../../../shared/ports/emergency.ts";
import { imageNamed, type SmallGate, type SmallGateOptions, startSmallGate } from "../../fakes/small-gate.ts";

/** A registry with images of several teams, of most of which an SBOM was given. */

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
rules:
  - { id: licences, rule: licence, deny: [AGPL-3.0-only], level: warn }
`;
const REPOSITORIES = ["shop/api", "shop/web", "tools/build"];
const WHY = { name: "ann", reason: "log4shell" };
export const QUERY = "log4j-core@<2.15.0";

export interface World {
  readonly gate: SmallGate;
  /** By name. */
  readonly images: ReadonlyMap<string, ImageKey>;
  key(name: string): ImageKey;
  list(query?: string, options?: { readonly inUse?: boolean; readonly everywhere?: boolean }): Promise<EmergencyList>;
  /** Starts what a list shows now. */
  start(query?: string, options?: { readonly inUse?: boolean }): Promise<EmergencyReport>;
  /** Runs what is queued, and looks whether it has ended. */
  settle(run: string): Promise<EmergencyReport>;
  told(kind: AuditEvent["kind"]): Promise<readonly AuditEvent[]>;
  runs(...names: readonly string[]): Promise<void>;
}

/** Images by name with what their SBOM lists (`log4j-core 2.14.1`); `none`: there is no SBOM. Those that are named run in a cluster. */
export async function worldOf(
  contents: Readonly<Record<string, readonly string[] | "none">>,
  running: readonly string[],
  brake: BrakeLimits | "off" = "off",
  options: SmallGateOptions = {},
): Promise<World> {
  const usage = { places: [{ name: "prod", maxAge: parseDuration("1d") }], pulledWithin: parseDuration("1ms"), scanners: [] };
  const gate = await startSmallGate(POLICY, brake, { usage, ...options });
  const images = new Map<string, ImageKey>();
  for (const [number, [name, packages]] of Object.entries(contents).entries()) {
    const image = imageNamed(name);
    const key = await gate.push(REPOSITORIES[number % REPOSITORIES.length] ?? "", name, image);
    images.set(name, key);
    if (packages !== "none") await gate.gate.operator.postReport(key.digest, undefined, sbom(packages));
  }
  await gate.drain();
  const key = (name: string): ImageKey => {
    const found = images.get(name);
    if (found === undefined) throw new Error(`there is no image ${name}`);
    return found;
  };
  const world = openWorld(gate, images, key);
  await world.runs(...running);
  return world;
}

function openWorld(gate: SmallGate, images: World["images"], key: World["key"]): World {
  const { emergency } = gate.gate.operator;
  const list: World["list"] = (query = QUERY, { inUse = false, everywhere = false } = {}) => emergency.list({ query, everywhere, inUse });
  return {
    gate,
    images,
    key,
    list,
    async start(query = QUERY, { inUse = false } = {}) {
      const shown = await list(query, { inUse });
      const started = await emergency.start({ query, everywhere: false, inUse, list: shown.list, actor: WHY });
      if (started.kind !== "started") throw new Error(`${started.why}: ${started.mend}`);
      return started.report;
    },
    async settle(run) {
      await gate.drain();
      await gate.gate.endEmergencies();
      const report = await emergency.report(run);
      if (report === undefined) throw new Error(`there is no ${run}`);
      return report;
    },
    async told(kind) {
      const entries = await gate.store.ledger.journal(0, 10_000);
      return entries.map(({ event }) => event).filter((event) => event.kind === kind);
    },
    async runs(...names) {
      const workload = { name: "shop/Deployment/api" } as const;
      const run = names.map((name) => ({ digest: key(name).digest, workloads: [workload] as const }));
      await gate.store.usage.put({ place: "prod", seenAt: instant(gate.gate.deps.clock.now()), images: run, unmatched: [] });
    },
  };
}

export function sbom(packages: readonly string[], madeAt: number = Date.now()): Uint8Array {
  const components = packages.map((text) => {
    const [name = "", version = ""] = text.split(" ");
    return { type: "library", name, version, purl: `pkg:maven/org.example/${name}@${version}` };
  });
  const metadata = { timestamp: printInstant(instant(madeAt)), tools: [{ name: "syft" }] };
  return Buffer.from(JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.5", metadata, components }));
}

/** Two platforms, the second of which is the given image. */
export function indexOf(name: string, second: Built): { readonly index: Built; readonly first: Built } {
  const first = imageNamed(`${name} amd64`);
  const platforms = [
    { image: first, platform: { os: "linux", architecture: "amd64" } },
    { image: second, platform: { os: "linux", architecture: "arm64" } },
  ];
  return { index: { manifest: buildIndex(platforms), blobs: [] }, first };
}
