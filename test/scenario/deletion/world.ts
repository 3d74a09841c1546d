import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import type { BrakeLimits } from "../../../shared/domain/brake.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { instant, parseDuration } from "../../../shared/domain/time.ts";
import type { SmallGateOptions } from "../../fakes/small-gate.ts";
import { imageNamed, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

export const DAY = 86_400_000;
export const DELETING = SIGNED_POLICY.replace("enforcement: {", "enforcement: { deleteHeldAfter: 30d,");
const PLACES = { places: [{ name: "east", maxAge: parseDuration("1d") }], pulledWithin: parseDuration("1ms"), scanners: [] };

export interface World extends SmallGate {
  /** One place says what it runs, as of now. */
  report(images: readonly ImageKey[]): Promise<void>;
  /** Pushed, held by the policy. */
  held(name: string): Promise<ImageKey>;
  /** So many days later, with a place that says what runs then. */
  after(days: number, runs?: readonly ImageKey[] | "nobody says"): Promise<void>;
  acts(): Promise<readonly Extract<AuditEvent, { readonly kind: "acted" }>[]>;
  /** What lies in quarantine, as the gate sees it. */
  kept(key: ImageKey): Promise<boolean>;
}

export async function startWorld(policy = DELETING, brake: BrakeLimits | "off" = "off", options: SmallGateOptions = {}): Promise<World> {
  const gate = await startSmallGate(policy, brake, { usage: PLACES, ...options });
  const report: World["report"] = async (images) => {
    const run = images.map(({ digest }) => ({ digest, workloads: [{ name: "shop/Deployment/api" }] as const }));
    await gate.store.usage.put({ place: "east", seenAt: instant(gate.gate.deps.clock.now()), images: run, unmatched: [] });
  };
  return Object.assign(gate, {
    report,
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
    async acts() {
      const entries = await gate.store.ledger.journal(0, 1_000);
      return entries.map(({ event }) => event).filter((event) => event.kind === "acted");
    },
    async kept(key: ImageKey) {
      const { registry } = gate.gate.deps.registries.get(key.registry) ?? {};
      const away = registry?.heldAt(key);
      return registry !== undefined && away !== undefined && (await registry.manifest(away, key.digest)) !== undefined;
    },
  });
}
