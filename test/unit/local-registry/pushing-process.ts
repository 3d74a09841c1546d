import { parseArgs } from "node:util";
import { openEmbeddedRegistry } from "../../../functions/local/registry/embedded-registry.ts";
import { digestOf } from "../../fakes/pusher.ts";

// Pushes images without end and prints each tag once its push was answered; the test kills it in the middle of one.
const { positionals } = parseArgs({ allowPositionals: true });
const registry = await openEmbeddedRegistry({ dir: positionals[0] ?? "", notify: async () => {} });
const round = positionals[1] ?? "";

async function send(method: string, path: string, body: string, type = "application/octet-stream"): Promise<void> {
  const init = { method, body, headers: { host: "localhost", "content-type": type } };
  const response = await registry.handle(new Request(`http://localhost/v2/shop/api/${path}`, init));
  if (response.status !== 201) throw new Error(`${method} ${path}: ${response.status}`);
}

for (let count = 0; ; count += 1) {
  const layer = `layer ${round} ${count}`;
  for (const bytes of ["{}", layer]) await send("POST", `blobs/uploads/?digest=${digestOf(bytes)}`, bytes);
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const describe = (bytes: string) => ({ mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length });
  const document = JSON.stringify({ schemaVersion: 2, mediaType, config: describe("{}"), layers: [describe(layer)] });
  await send("PUT", `manifests/${round}-${count}`, document, mediaType);
  process.stdout.write(`${round}-${count}\n`);
}
