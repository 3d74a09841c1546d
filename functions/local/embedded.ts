import { randomBytes, timingSafeEqual } from "node:crypto";
import type { RegistryEntry } from "../../shared/compose/gate.ts";
import { basic } from "../../shared/compose/registry-settings.ts";
import { parseRegistryHost } from "../../shared/domain/image-ref.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Operator } from "../../shared/ports/operator.ts";
import { secret } from "../../shared/runtime/secret.ts";
import { type Listening, listen } from "./listen.ts";
import { rememberedPort, rememberPort } from "./ports.ts";
import type { Access } from "./registry/context.ts";
import { type EmbeddedRegistry, openEmbeddedRegistry } from "./registry/embedded-registry.ts";
import { NOTIFICATION_TYPE } from "./registry/envelope.ts";
import type { StateFolder } from "./state.ts";

export interface EmbeddedSettings {
  readonly host: string;
  readonly port: number;
}

export interface RunningRegistry {
  /** As the gate watches it. */
  readonly entry: RegistryEntry;
  readonly address: string;
  /** From now on its events are heard. */
  connect(operator: Pick<Operator, "receive">): void;
  stop(): Promise<void>;
}

const GATE = "moorgate";
const QUARANTINE = "quarantine";
const UPLOAD_TIMEOUT_MS = 3_600_000;

/** The registry to try Moorgate with, on a port of its own. Only the gate itself reaches its quarantine. */
export async function startEmbedded(state: StateFolder, settings: EmbeddedSettings, clock: Clock): Promise<RunningRegistry> {
  const password = randomBytes(24).toString("base64url");
  const hookSecret = randomBytes(24).toString("base64url");
  let operator: Pick<Operator, "receive"> | undefined;
  let address = "";
  const registry: EmbeddedRegistry = await openEmbeddedRegistry({
    dir: state.registryDir,
    access: onlyGateInQuarantine(password),
    quarantine: { folder: QUARANTINE, keeper: GATE },
    async notify(envelope) {
      const headers = { "content-type": NOTIFICATION_TYPE, authorization: `Bearer ${hookSecret}` };
      await operator?.receive("oci", address, { headers, body: Buffer.from(JSON.stringify(envelope)), receivedAt: clock.now() });
    },
  });
  const listening: Listening = await listen(
    {
      host: settings.host,
      port: await rememberedPort(state.dir, settings.host, settings.port),
      flag: "--registry-port",
      requestTimeoutMs: UPLOAD_TIMEOUT_MS,
    },
    (request, peer) => registry.handle(request, peer),
  );
  rememberPort(state.dir, listening.port);
  address = `${settings.host}:${listening.port}`;
  return {
    address,
    entry: {
      host: parseRegistryHost(address),
      provider: "oci",
      mode: "enforce",
      plainHttp: true,
      credentials: basic(GATE, secret(password)),
      hookSecrets: [secret(hookSecret)],
      quarantine: QUARANTINE,
      gateActor: GATE,
      puller: async () => undefined,
      // Both live in this process: the gate asks without a socket, and as the same handler answers everybody, gets the same answers.
      fetch: (input, init) => registry.handle(new Request(input, init), "gate"),
    },
    connect(to) {
      operator = to;
    },
    async stop() {
      await listening.stop();
      await registry.close();
    },
  };
}

function onlyGateInQuarantine(password: string): Access {
  return ({ repository, credentials }) => {
    const isGate = credentials?.username === GATE && isEqual(credentials.password, password);
    if (isGate) return { actor: GATE };
    if (repository === undefined || !repository.startsWith(`${QUARANTINE}/`)) return "allow";
    return credentials === undefined ? "challenge" : "deny";
  };
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
