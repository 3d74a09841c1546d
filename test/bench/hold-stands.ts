import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../../functions/local/embedded.ts";
import { openStateFolder } from "../../functions/local/state.ts";
import type { RegistryEntry } from "../../shared/compose/gate.ts";
import { parseRegistryHost } from "../../shared/domain/image-ref.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { freePort, start, until } from "../running/process.ts";
import { findProgram } from "../running/programs.ts";

/** A registry to be measured with. */
export interface Stand {
  readonly name: string;
  readonly entry: RegistryEntry;
  /** Requests of the gate so far. */
  calls(): number;
  stop(): Promise<void>;
}

/** In this process, asked without a socket, as `moorgate up` does. */
export async function embeddedStand(): Promise<Stand> {
  const dir = mkdtempSync(join(tmpdir(), "moorgate-bench-"));
  const embedded = await startEmbedded(openStateFolder(dir), { host: "127.0.0.1", port: 0 }, systemClock);
  const { fetch: ask = fetch } = embedded.entry;
  let calls = 0;
  const counted: typeof fetch = (input, init) => {
    calls += 1;
    return ask(input, init);
  };
  return {
    name: "embedded registry",
    entry: { ...embedded.entry, fetch: counted },
    calls: () => calls,
    async stop() {
      await embedded.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const REQUESTS = "http.client.request.start";

/** Distribution, in a process of its own, over loopback. */
export async function distributionStand(program = findProgram("registry")): Promise<Stand> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const dir = mkdtempSync(join(tmpdir(), "moorgate-bench-"));
  const config = join(dir, "config.yml");
  writeFileSync(config, configFor(join(dir, "data"), host));
  const running = start(program, ["serve", config], { cwd: dir, env: { OTEL_TRACES_EXPORTER: "none" } });
  await until("the registry to answer", async () => ((await fetch(`http://${host}/v2/`)).ok ? true : undefined));
  let calls = 0;
  const count = (): void => {
    calls += 1;
  };
  subscribe(REQUESTS, count);
  return {
    name: "distribution",
    entry: {
      host: parseRegistryHost(host),
      provider: "oci",
      mode: "enforce",
      plainHttp: true,
      credentials: async () => undefined,
      puller: async () => undefined,
      hookSecrets: [],
      quarantine: "quarantine",
    },
    calls: () => calls,
    async stop() {
      unsubscribe(REQUESTS, count);
      await running.end("SIGTERM");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function configFor(data: string, host: string): string {
  return `version: 0.1
log: { level: error }
storage:
  filesystem: { rootdirectory: ${data} }
  delete: { enabled: true }
http: { addr: "${host}" }
`;
}
