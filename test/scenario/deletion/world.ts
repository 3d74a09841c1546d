import { buildIndex } from "../../../functions/local/samples/image.ts";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import type { BrakeLimits } from "../../../shared/domain/brake.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { instant, parseDuration } from "../../../shared/domain/time.ts";
import { rejudge } from "../../../shared/pipeline/work.ts";
import type { SmallGateOptions } from "../../fakes/small-gate.ts";
import { imageNamed, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

export const DAY = 86_400_000;
export const DELETING = SIGNED_POLICY.replace("enforcement: {", "enforcement: { deleteHeldAfter: 30d,");
export const PLACES = { places: [{ name: "east", maxAge: parseDuration("1d") }], pulledWithin: parseDuration("1ms"), scanners: [] };

export interface World extends SmallGate {
  /** One place says what it runs, as of now. */
  report(images: readonly ImageKey[]): Promise<void>;
  /** Pushed, held by the policy. */
  held(name: string): Promise<ImageKey>;
  /** So many days later, with a place that says what runs then. */
  after(days: number, runs?: readonly ImageKey[] | "nobody says"): Promise<void>;
  judgeAgain(key: ImageKey): Promise<void>;
  acts(): Promise<readonly Told<"acted">[]>;
  told<K extends AuditEvent["kind"]>(kind: K): Promise<readonly Told<K>[]>;
  /** What lies in quarantine, as the gate sees it. */
  kept(key: ImageKey): Promise<boolean>;
  /** Names of all that lies in the quarantine of its repository. */
  left(key: ImageKey): Promise<readonly string[]>;
  /** Of images that were pushed before, by their names. */
  pushIndex(repository: string, tag: string, names: readonly string[]): Promise<ImageKey>;
}

type Told<K extends AuditEvent["kind"]> = Extract<AuditEvent, { readonly kind: K }>;

export async function startWorld(policy = DELETING, brake: BrakeLimits | "off" = "off", options: SmallGateOptions = {}): Promise<World> {
  const gate = await startSmallGate(policy, brake, { usage: PLACES, ...options });
  const report: World["report"] = async (images) => {
    const run = images.map(({ digest }) => ({ digest, workloads: [{ name: "shop/Deployment/api" }] as const }));
    await gate.store.usage.put({ place: "east", seenAt: instant(gate.gate.deps.clock.now()), images: run, unmatched: [] });
  };
  const told = async <K extends AuditEvent["kind"]>(kind: K): Promise<readonly Told<K>[]> => {
    const entries = await gate.store.ledger.journal(0, 1_000);
    return entries.map(({ event }) => event).filter((event): event is Told<K> => event.kind === kind);
  };
  return Object.assign(gate, {
    report,
    told,
    acts: () => told("acted"),
    async held(name: string) {
      const key = await gate.push(`shop/${name}`, "1.0", imageNamed(name));
      await gate.drain();
      return key;
    },
    async after(days: number, runs: readonly ImageKey[] | "nobody says" = []) {
      gate.pass(days * DAY);
      if (runs !== "nobody says") await report(runs);
      await gate.drain();
      await gate.gate.operator.sweep();
      await gate.drain();
    },
    async kept(key: ImageKey) {
      const { registry } = gate.gate.deps.registries.get(key.registry) ?? {};
      const away = registry?.heldAt(key);
      return registry !== undefined && away !== undefined && (await registry.manifest(away, key.digest)) !== undefined;
    },
    async judgeAgain(key: ImageKey) {
      const now = gate.gate.deps.clock.now();
      await gate.gate.deps.queue.put([rejudge(key, "event", now)], now);
      await gate.drain();
    },
    async left(key: ImageKey) {
      const { registry } = gate.gate.deps.registries.get(key.registry) ?? {};
      const away = registry?.heldAt(key);
      return registry === undefined || away === undefined ? [] : Array.fromAsync(registry.tags(away));
    },
    async pushIndex(repository: string, tag: string, names: readonly string[]) {
      const platform = { os: "linux", architecture: "amd64" };
      const manifest = buildIndex(names.map((name) => ({ image: imageNamed(name), platform })));
      return gate.push(repository, tag, { manifest, blobs: [] });
    },
  });
}
