import { createServer } from "node:net";
import { join } from "node:path";
import type * as z from "zod";
import { parseRegistryHost, type RegistryHost } from "../../shared/domain/image-ref.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { StatusView } from "../../shared/web/api/schema-status.ts";
import { TRUST_ROOTS } from "../local/state.ts";
import { type Finding, look, mend, unknown, well } from "./doctor-check.ts";
import { lookAtFeed } from "./doctor-feeds.ts";
import { lookAtPlace } from "./doctor-places.ts";
import { lookAtKeptRoots, lookAtTrustRoot } from "./doctor-trust-roots.ts";
import { CliError } from "./fault.ts";
import { callGate } from "./gate.ts";
import { readGateFile } from "./gate-file.ts";
import { LOOPBACK, PORTS } from "./ports.ts";

/** The running gate, with the registries that it watches; else whether one could start, and how old the trusted roots are that it would use. */
export async function lookAtGate(
  stateDir: string,
  policyFile: string | undefined,
): Promise<{ readonly findings: readonly Finding[]; readonly watched: readonly RegistryHost[] }> {
  const address = readGateFile(stateDir);
  if (address === undefined) return { findings: await lookAtNoGate(stateDir, policyFile), watched: [] };
  try {
    const status = await callGate(address.url, address.token).get("/api/v1/status", StatusView);
    const { queue } = status;
    const parked =
      queue.parked === 0
        ? []
        : [mend("queue", `${queue.parked} jobs were given up`, "`moorgate journal tail` says why; mend it, then run `moorgate sweep`")];
    const sinks = status.sinks
      .filter(({ state, dead }) => state !== "active" || dead > 0)
      .map(({ name, state, dead, lastError }) =>
        mend(
          `sink ${name}`,
          `${state}, ${dead} refused${lastError === undefined ? "" : `: ${lastError}`}`,
          "mend the destination; nothing is lost meanwhile",
        ),
      );
    const takeOvers = status.registries.flatMap(({ host, takeOver }) => (takeOver === undefined ? [] : [lookAtTakeOver(host, takeOver)]));
    const feeds = status.feeds.map((feed) => lookAtFeed(feed, systemClock.now()));
    const trustRoots = status.trustRoots.map((root) => lookAtTrustRoot(root, systemClock.now()));
    const places = status.places.map((place) => lookAtPlace(place, systemClock.now()));
    const watched = status.registries.map(({ host }) => parseRegistryHost(host));
    return {
      findings: [
        well("gate", `runs at ${address.url}, version ${status.version}, ${queue.waiting} jobs wait`),
        ...haltedIn(status),
        ...parked,
        ...sinks,
        ...takeOvers,
        ...feeds,
        ...trustRoots,
        ...places,
      ],
      watched,
    };
  } catch (error) {
    if (!(error instanceof CliError || error instanceof AdapterError)) throw error;
    return {
      findings: [
        mend(
          "gate",
          `process ${address.pid} at ${address.url} does not answer`,
          "start it with `moorgate up`; it continues where it stopped",
        ),
      ],
      watched: [],
    };
  }
}

function haltedIn({ halted }: z.output<typeof StatusView>): readonly Finding[] {
  if (halted === undefined) return [];
  const { by, since, reason } = halted;
  return [
    mend(
      "brake",
      `${by} stopped the gate at ${since}: ${reason}; nothing is held or released`,
      'let it go on: moorgate brake resume --reason "..."',
    ),
  ];
}

function lookAtTakeOver(
  host: string,
  {
    judged,
    found,
    fault,
    next,
  }: { readonly judged: number; readonly found: number; readonly fault?: string | undefined; readonly next: string },
): Finding {
  const what = `${host} taken over`;
  if (fault !== undefined) return unknown(what, `nothing is held there, and what lies there cannot be listed: ${fault}`, next);
  return mend(what, `nothing is held there until somebody has seen what would be; ${judged} of ${found} judged`, next);
}

async function lookAtNoGate(stateDir: string, policyFile: string | undefined): Promise<readonly Finding[]> {
  return [
    await portFree("port of the gate", PORTS.gate, "--port"),
    await portFree("port of the registry", PORTS.registry, "--registry-port"),
    ...lookAtKeptRoots(policyFile, join(stateDir, TRUST_ROOTS)),
  ];
}

function portFree(what: string, port: number, flag: string): Promise<Finding> {
  return look(what, () => {
    const probe = createServer();
    return new Promise<Finding>((resolve) => {
      probe.once("error", () => resolve(unknown(what, `${LOOPBACK}:${port} is taken by another program`, `start the gate with ${flag} N`)));
      probe.listen(port, LOOPBACK, () => probe.close(() => resolve(well(what, `${LOOPBACK}:${port} is free`))));
    });
  });
}
