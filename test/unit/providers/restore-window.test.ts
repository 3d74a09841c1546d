import { expect, test } from "vitest";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import { byBlock } from "../../../shared/providers/oci/hold-by-block.ts";
import { openOciRegistry } from "../../../shared/providers/oci/registry.ts";
import { actionFor } from "../../contract/registry-row.ts";
import { openTestClient } from "../../fakes/oci-client.ts";
import { pushImage } from "../../fakes/pusher.ts";
import { vendorBlock } from "../../fakes/vendor-block.ts";
import { serveVendor } from "../../fakes/vendor-registry.ts";

test("an image whose time to be had back is over is told as gone, and nothing is made up in its place", async () => {
  const served = await serveVendor({ kind: "restore-window" });
  const host = parseRegistryHost(served.host);
  const client = openTestClient(served.host);
  const native = vendorBlock({ host, plainHttp: true, credentials: async () => undefined }, client, "restore-window");
  const pullers = [{ client, host, isReplica: false, isGate: true }] as const;
  const registry = openOciRegistry(client, { host, quarantine: "quarantine" }, pullers, byBlock(native));
  const { digest } = await pushImage(served, "shop/api", "x", "1.0");
  const key = { registry: host, repository: parseRepository("shop/api"), digest };
  const before = await registry.survey(key, new Set());
  if (before === undefined) throw new Error("there is nothing to hold");
  expect((await registry.hold(actionFor("hold", key, before))).strength).toBe("hidden");
  served.endWindows();
  await expect(registry.release(actionFor("release", key, before))).rejects.toMatchObject({ code: "not-found", retryable: false });
  expect((await served.contents("shop/api")).tags).toEqual({});
  await served.close();
});
