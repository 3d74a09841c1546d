import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Gate, openGate } from "../../../shared/compose/gate.ts";
import { activate } from "../../../shared/compose/policy-file.ts";
import { updateTrustRoots } from "../../../shared/compose/sigstore-roots.ts";
import { ParseError } from "../../../shared/domain/parse-error.ts";
import { type Instant, instant, printInstant } from "../../../shared/domain/time.ts";
import { readJudgeWork } from "../../../shared/pipeline/work.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead } from "../../contract/store.ts";
import { serveTuf, type TufMirror } from "../../fakes/tuf-mirror.ts";
import { keyOf, NOW, recordOf } from "../../fixtures/records.ts";
import { ISSUER, makeInstance, rootOf, SUBJECT } from "../../fixtures/sigstore.ts";
import { makeTuf, makeTufKey, type TufRepository } from "../../fixtures/tuf.ts";

const HOUR = 3_600_000;
const [first, second] = [makeInstance(), makeInstance()].map((instance) => rootOf(instance));
const FIRST = JSON.stringify(first);
const SECOND = JSON.stringify(second);

let folder = "";
let keptIn = "";
let policyFile = "";
let tuf: TufRepository;
let server: TufMirror;
const warned: string[] = [];
const log = { info: () => undefined, warn: (text: string) => void warned.push(text), error: (text: string) => void warned.push(text) };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-mirror-"));
  [keptIn, policyFile] = [join(folder, "kept"), join(folder, "policy.yaml")];
  tuf = makeTuf();
  tuf.publish(FIRST);
  server = await serveTuf(tuf);
  writeFileSync(join(folder, "root.json"), tuf.anchor);
  writeFileSync(policyFile, policyAt(server.mirror.url.href));
  warned.length = 0;
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const policyAt = (url: string): string => `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: signed }
mode: enforce
trust:
  identities: [{ name: ci, issuer: "${ISSUER}", subject: "${SUBJECT}" }]
  sigstore: [{ name: own, mirror: { url: "${url}", root: root.json, every: 6h, internal: true } }]
rules:
  - { id: signed, rule: signature-required }
`;
const active = () => activate(policyAt(server.mirror.url.href), policyFile, keptIn);

describe("a policy that takes its trusted root from a mirror", () => {
  test("is refused while nothing was ever read, and nothing is asked to judge by it", async () => {
    expect(active).toThrow(ParseError);
    expect(active).toThrow(/never read/);
    expect(() => activate(policyAt(server.mirror.url.href), policyFile)).toThrow(ParseError);
    expect(server.heard).toEqual([]);
  });

  test("has the root that was read, without asking again, and is another policy with another root", async () => {
    expect(await updateTrustRoots(policyFile, keptIn, NOW)).toMatchObject([{ name: "own", isRead: true, checkedAt: NOW }]);
    const asked = server.heard.length;
    const before = active();
    expect(before.trust.sigstore).toMatchObject([{ name: "own", root: FIRST }]);
    expect(server.heard).toHaveLength(asked);
    tuf.publish(SECOND);
    await updateTrustRoots(policyFile, keptIn, NOW);
    expect(active().trust.sigstore).toMatchObject([{ root: SECOND }]);
    expect(active().policy.id.version).not.toBe(before.policy.id.version);
  });

  test.each([
    ["no trusted root", "{}"],
    ["a root without any authority", JSON.stringify({ ...first, certificateAuthorities: [] })],
  ])("keeps its root where the mirror has %s", async (_, text) => {
    await updateTrustRoots(policyFile, keptIn, NOW);
    tuf.publish(text);
    expect(await updateTrustRoots(policyFile, keptIn, NOW)).toMatchObject([
      { isRead: true, fault: expect.stringContaining("trusted root") },
    ]);
    expect(active().trust.sigstore).toMatchObject([{ root: FIRST }]);
  });

  test("is refused where what was kept is damaged, or the root.json to begin with is gone", async () => {
    await updateTrustRoots(policyFile, keptIn, NOW);
    const [mirror = ""] = readdirSync(keptIn);
    writeFileSync(join(keptIn, mirror, "1", "trusted_root.json"), SECOND);
    expect(active).toThrow(/damaged/);
    expect(active).toThrow(ParseError);
    rmSync(join(folder, "root.json"));
    expect(active).toThrow(/root\.json/);
  });
});

describe("a gate whose policy takes its trusted root from a mirror", () => {
  let store: Store;
  let now: Instant;
  beforeEach(() => {
    store = openSqliteStore({ file: ":memory:", signHead });
    now = NOW;
  });
  afterEach(() => store.close());

  const start = (): Promise<Gate> =>
    openGate({ policyFile, trustRoots: keptIn, registries: [], sinks: [], version: "0" }, store, { now: () => now }, log);
  const later = (hours: number): void => {
    now = instant(now + hours * HOUR);
  };
  const rootOfGate = (gate: Gate): string | undefined => gate.policy.current().trust.sigstore?.[0]?.root;

  test("reads it at the first start, and asks nobody at the next ones", async () => {
    expect(rootOfGate(await start())).toBe(FIRST);
    await server.close();
    expect(rootOfGate(await start())).toBe(FIRST);
  });

  test("does not start where there is neither a mirror nor anything kept", async () => {
    await server.close();
    await expect(start()).rejects.toThrow(AdapterError);
  });

  test("renews it when its time has come, and a root that changed is another policy", async () => {
    const gate = await start();
    const { version } = gate.policy.current().policy.id;
    tuf.publish(SECOND);
    later(5);
    await gate.refreshTrustRoots();
    expect(gate.policy.current().policy.id.version).toBe(version);
    later(1);
    await gate.refreshTrustRoots();
    expect(rootOfGate(gate)).toBe(SECOND);
    expect(gate.policy.current().policy.id.version).not.toBe(version);
  });

  test("has every image judged again when the root has changed, and none when it has not", async () => {
    const gate = await start();
    await store.ledger.commit({ image: recordOf(keyOf("signed")), intents: [], outcomes: [], journal: [] });
    const queued = async () => (await store.queue.claim(10, now, 60_000)).map(({ payload }) => readJudgeWork(payload).digest);
    later(6);
    await gate.refreshTrustRoots();
    expect(await queued()).toEqual([]);
    tuf.publish(SECOND);
    later(6);
    await gate.refreshTrustRoots();
    expect(await queued()).toEqual([keyOf("signed").digest]);
  });

  test("keeps the root on any fault, tells it once, and tries again soon", async () => {
    const gate = await start();
    tuf.publish(SECOND, { signers: { timestamp: [makeTufKey()] } });
    later(6);
    await gate.refreshTrustRoots();
    await gate.refreshTrustRoots();
    expect(rootOfGate(gate)).toBe(FIRST);
    expect(warned).toHaveLength(1);
    expect((await gate.status()).trustRoots).toMatchObject([{ name: "own", isRead: true, checkedAt: NOW, fault: expect.any(String) }]);
    tuf.publish(SECOND);
    later(0.1);
    await gate.refreshTrustRoots();
    expect(rootOfGate(gate)).toBe(SECOND);
    expect((await gate.status()).trustRoots[0]).not.toHaveProperty("fault");
  });

  test("uses an old root on, and tells since when the mirror's word for it has ended", async () => {
    const soon = printInstant(instant(Date.now() + 60_000));
    tuf.publish(FIRST, { expires: { timestamp: soon } });
    const gate = await start();
    await server.close();
    later(24 * 400);
    await gate.refreshTrustRoots();
    later(1);
    await gate.refreshTrustRoots();
    expect(rootOfGate(gate)).toBe(FIRST);
    expect((await gate.status()).trustRoots).toMatchObject([{ isRead: true, expiresAt: Date.parse(soon) }]);
    expect(warned.filter((text) => text.includes("has ended"))).toHaveLength(1);
  });

  test("takes what another process has read", async () => {
    const gate = await start();
    tuf.publish(SECOND);
    await updateTrustRoots(policyFile, keptIn, now);
    await gate.refreshPolicy();
    expect(rootOfGate(gate)).toBe(SECOND);
  });

  test("fetches the root of a mirror that a change of the policy names, and only then takes the change", async () => {
    const gate = await start();
    const other = makeTuf();
    other.publish(SECOND);
    const elsewhere = await serveTuf(other);
    try {
      writeFileSync(join(folder, "root.json"), other.anchor);
      writeFileSync(policyFile, policyAt(elsewhere.mirror.url.href));
      await gate.refreshPolicy();
      expect(rootOfGate(gate)).toBe(FIRST);
      await gate.refreshTrustRoots();
      expect(rootOfGate(gate)).toBe(SECOND);
    } finally {
      await elsewhere.close();
    }
  });
});
