import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildImage } from "../../functions/local/samples/image.ts";
import { endGate, gateFolder, moorgate, startGate, untilIdle, untilImage, verifyJournal } from "../running/gate.ts";
import { insistOnPush } from "../running/push.ts";
import { type DynamoLocal, startDynamoLocal, withTable } from "./dynamodb-local.ts";

let local: DynamoLocal;
beforeAll(async () => {
  local = await startDynamoLocal();
});
afterAll(() => local.stop());

const POLICY = readFileSync(new URL("../../infra/policies/audit-only.yaml", import.meta.url), "utf8");
const WITHIN_MS = 60_000;

test("a gate of one machine keeps all that it knows in a table, goes on from it after a kill, and its journal is proved from there", () =>
  withTable(local, async (place) => {
    const settings = `apiVersion: moorgate.dev/v1\nkind: Settings\nstore: ${place}\n`;
    const dir = gateFolder({ policy: POLICY, settings });
    const credentials = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
    const first = await startGate(dir, credentials);
    const image = buildImage({ platform: { os: "linux", architecture: "amd64" }, files: [], labels: {}, created: "2026-11-01T00:00:00Z" });
    await insistOnPush({ address: () => first.registry, repository: "shop/api", giveUpAt: Date.now() + WITHIN_MS }, image, "1.0");
    await untilImage(first, image.manifest.digest, "judged", ({ verdict }) => verdict === "compliant", WITHIN_MS);
    await untilIdle(first);
    await first.process.end("SIGKILL");

    const second = await startGate(dir, credentials);
    expect((await second.images()).map(({ digest }) => digest)).toEqual([image.manifest.digest]);
    const verified = await verifyJournal(dir);
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({ state: "whole", problems: [] });
    expect(JSON.parse(verified.stdout).entries).toBeGreaterThan(0);
    expect(await moorgate(second, ["journal", "tail", "--json"])).toContain(image.manifest.digest);
    expect(existsSync(join(dir, "state", "ledger.db"))).toBe(false);
    await endGate(second);
  }));
