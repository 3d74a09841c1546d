import type { RegistryEvent } from "../domain/event.ts";
import { printImageRef, type RegistryHost } from "../domain/image-ref.ts";
import type { Decoded, Delivery, EventDecoder } from "../ports/event-decoder.ts";
import type { GateDeps } from "./deps.ts";
import { workOf } from "./receive.ts";
import { isCalled, receivePulls } from "./receive-pulls.ts";
import { tellDrift } from "./tell-drift.ts";
import { type DueWork, present } from "./work.ts";

/** What follows from a message. `about`: the image; pieces about one image are worked off one after the other. */
export type Heard =
  | {
      readonly kind: "work";
      readonly pieces: readonly { readonly about: string; readonly work: DueWork }[];
      /** What was passed over. */
      readonly skipped: readonly string[];
    }
  | { readonly kind: "malformed"; readonly why: string };

type Told = Extract<Decoded, { kind: "events" }>;

/**
 * Reads what came by a cloud's own bus. No secret is asked for: the bus lets nobody else put anything there. It carries the events of many registries, so each
 * event names its own, and one that is not watched is nobody's business but of whoever reads the log. Nothing is queued: whoever was woken works it off.
 */
export async function hear(deps: GateDeps, delivery: Delivery): Promise<Heard> {
  const read = decoders(deps).map(([provider, decoder]) => ({ provider, decoded: decoder.decode(delivery) }));
  const understood = read.flatMap(({ provider, decoded }) => (decoded.kind === "events" ? [{ provider, ...decoded }] : []));
  const told =
    understood.find(({ events, pulls = [], changes = [] }) => events.length + pulls.length + changes.length > 0) ?? understood[0];
  if (told === undefined) {
    deps.metrics.count("moorgate_events_received_total", { source: "bus", result: "rejected" });
    return { kind: "malformed", why: read.map(({ decoded }) => whyOf(decoded)).join("; ") || "no registry is watched" };
  }
  const registries = [...deps.registries.values()];
  const watched = ({ registry }: Pick<RegistryEvent, "registry">) => registries.find((each) => isCalled(each, registry));
  sayUnwatched(deps.log, told, (each) => watched(each) !== undefined);
  // With one registry alone an event counts as its own elsewhere; here it never does.
  const pulls = (told.pulls ?? []).filter((pull) => watched(pull) !== undefined);
  await receivePulls(deps, registries, pulls, delivery.receivedAt);
  await tellDrift(deps, watched, told.changes ?? [], delivery.receivedAt);
  const pieces = told.events.flatMap((event) =>
    workOf(watched(event), event, delivery.receivedAt).map((work) => ({ about: nameOf(event), work })),
  );
  deps.metrics.count("moorgate_events_received_total", { source: told.provider, result: "accepted" });
  return { kind: "work", pieces, skipped: told.skipped };
}

/** Of which registries was said that nobody watches them. */
const said = new WeakMap<GateDeps["log"], Set<RegistryHost>>();

/** Accounts that join an organisation send events before anybody has named their registries: once for each process, whoever reads the log is told. */
function sayUnwatched(
  log: GateDeps["log"],
  { events, pulls = [], changes = [] }: Told,
  isWatched: (each: Pick<RegistryEvent, "registry">) => boolean,
): void {
  const known = said.get(log) ?? new Set();
  said.set(log, known);
  for (const { registry } of [...events, ...pulls, ...changes]) {
    if (known.has(registry) || isWatched({ registry })) continue;
    known.add(registry);
    log.warn("Events come from a registry that is not watched, and are passed over; it is said once.", { registry });
  }
}

function decoders({ registries }: Pick<GateDeps, "registries">): readonly (readonly [string, EventDecoder])[] {
  return [...new Map([...registries.values()].map(({ provider, decoder }) => [provider, decoder]))];
}

function nameOf({ registry, repository, digest, tag }: RegistryEvent): string {
  // A tag beside a digest says nothing of which image it is.
  return printImageRef({ registry, repository, ...(digest === undefined ? present({ tag }) : { digest }) });
}

function whyOf(decoded: Decoded): string {
  return decoded.kind === "malformed" ? decoded.why : "";
}
