import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeSigningKey } from "../../../functions/local/samples/sign.ts";
import { startLocal } from "../../../functions/local/start.ts";
import { parseRegistryHost, parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { openClient } from "../../../shared/oci/client.ts";
import { systemClock } from "../../../shared/runtime/clock.ts";
import { openLog } from "../../../shared/runtime/log.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { until } from "../../running/process.ts";

const PEOPLE = ["ann", "ben"] as const;
type Person = (typeof PEOPLE)[number];

/** What these stories read of answers. */
interface Body {
  readonly run?: string;
  readonly list?: string;
  readonly runs?: readonly { readonly id: string; readonly cause: string }[];
  readonly proposals?: readonly { readonly id: string }[];
  readonly entries?: readonly { readonly event: { readonly kind: string; readonly action?: { readonly verb: string } } }[];
  readonly images?: readonly {
    readonly verdict: string;
    readonly held: boolean;
    readonly deletion?: { readonly waitsIn?: string };
    readonly deleted?: object;
  }[];
}

interface Answer {
  readonly status: number;
  readonly body: Body;
}

/** The whole gate behind its own HTTP door, and two people who may act and approve. */
export interface Desk {
  ask(person: Person, method: "GET" | "POST", path: string, body?: object): Promise<Answer>;
  /** Asks until the answer is as it is waited for. */
  when(path: string, isSo: (body: Body) => boolean): Promise<Body>;
  /** Pushed with the tag 1.0. @returns its digest */
  push(name: string): Promise<string>;
  /** Status of a pull by digest. */
  pull(name: string, digest: string): Promise<number>;
  stop(): Promise<void>;
}

export async function openDesk(policy: string, fourEyes: string): Promise<Desk> {
  const dir = mkdtempSync(join(tmpdir(), "moorgate-desk-"));
  const tokens = { ann: "ann-".repeat(8), ben: "ben-".repeat(8) };
  const people = PEOPLE.map((name) => `  - { name: ${name}, token: "env:${name.toUpperCase()}", roles: [operator, approver, reporter] }`);
  const settings = `apiVersion: moorgate.dev/v1
kind: Settings
brake: off
fourEyes: [${fourEyes}]
usage: { places: [{ name: east, maxAge: 1h }] }
people:
${people.join("\n")}
`;
  writeFileSync(join(dir, "release.pub"), makeSigningKey().publicPem);
  writeFileSync(join(dir, "policy.yaml"), policy);
  writeFileSync(join(dir, "moorgate.yaml"), settings);
  const gate = await startLocal(
    {
      stateDir: join(dir, "state"),
      host: "127.0.0.1",
      port: 0,
      registryPort: 0,
      policyFile: join(dir, "policy.yaml"),
      settingsFile: join(dir, "moorgate.yaml"),
      version: "0.0.0",
      environment: { ANN: tokens.ann, BEN: tokens.ben, HOME: dir, DOCKER_CONFIG: dir },
    },
    systemClock,
    openLog({ level: "error", clock: systemClock }),
  );
  const client = openClient({ host: parseRegistryHost(gate.registry), plainHttp: true, credentials: async () => undefined });
  const ask: Desk["ask"] = async (person, method, path, body) => {
    const headers = { authorization: `Bearer ${tokens[person]}`, "content-type": "application/json" };
    const response = await fetch(`${gate.url}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Body };
  };
  return {
    ask,
    when: (path, isSo) =>
      until(path, async () => {
        const { body } = await ask("ann", "GET", path);
        return isSo(body) ? body : undefined;
      }),
    async push(name) {
      const { manifest, blobs } = imageNamed(name);
      const place = parseRepository(`shop/${name}`);
      for (const blob of blobs) await client.putBlob(place, { digest: blob.digest, size: blob.bytes.length }, blob.bytes);
      return client.putManifest(place, manifest.bytes, manifest.mediaType, parseTag("1.0"));
    },
    async pull(name, digest) {
      const accept = "application/vnd.oci.image.manifest.v1+json";
      return (await fetch(`http://${gate.registry}/v2/shop/${name}/manifests/${digest}`, { headers: { accept } })).status;
    },
    async stop() {
      await gate.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
