import { afterEach, beforeEach, expect, test } from "vitest";
import { buildIndex } from "../../../functions/local/samples/image.ts";
import type { Digest } from "../../../shared/domain/digest.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../../shared/domain/threat.ts";
import { admit } from "../../../shared/pipeline/admit.ts";
import type { GateDeps } from "../../../shared/pipeline/deps.ts";
import type { StoredEvidence } from "../../../shared/ports/evidence-store.ts";
import { imageNamed, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { at, digestOf, NOW } from "../../fixtures/records.ts";

let gate: SmallGate;

beforeEach(async () => {
  gate = await startSmallGate();
});
afterEach(() => gate.stop());

async function history(): Promise<readonly StoredEvidence[]> {
  return Array.fromAsync(gate.store.evidence.entries(at(10 ** 12)));
}

test("each verdict leaves what it rests on and what was decided", async () => {
  const key = await gate.push("shop/api", "1.0", imageNamed("unsigned"));
  await gate.drain();
  const reasons = (await gate.record(key)).verdict?.reasons.map((reason) => reason.key);
  expect(await history()).toMatchObject([{ image: key, tags: ["1.0"], verdict: { kind: "violating", reasons } }]);
});

test("an index is kept with its children", async () => {
  const child = imageNamed("child");
  await gate.push("shop/api", undefined, child);
  const index = buildIndex([{ image: child, platform: { os: "linux", architecture: "amd64" } }]);
  const key = await gate.push("shop/api", "1.0", { manifest: index, blobs: [] });
  await gate.drain();
  const kept = (await history()).find(({ image }) => image.digest === key.digest);
  expect(kept?.evidence.children.map(({ subject }): Digest => subject.digest)).toEqual([child.manifest.digest]);
});

test("an image that leaves the registry ends its history, and is still known as of an earlier day", async () => {
  const image = imageNamed("signed");
  gate.writePolicy(SIGNED_POLICY.replace("grace: 0s", "grace: 0s, level: warn"));
  const key = await gate.push("shop/api", "1.0", image);
  await gate.drain();
  const [kept] = await history();
  gate.pass(60_000);
  await fetch(`http://${gate.host}/v2/shop/api/manifests/${key.digest}`, { method: "DELETE" });
  await gate.gate.operator.sweep();
  await gate.drain();
  expect((await gate.record(key)).presence).toBe("gone");
  expect(await history()).toEqual([]);
  expect(kept === undefined ? [] : await Array.fromAsync(gate.store.evidence.entries(kept.at))).toHaveLength(1);
});

test("a verdict that was under way while a feed changed is not written; it is made anew", async () => {
  const key = await gate.push("shop/api", "1.0", imageNamed("unsigned"));
  const read: ThreatFacts = {
    ...NO_THREAT_FACTS,
    knownExploited: { kind: "read", digest: digestOf("kev"), madeAt: NOW, entries: new Map() },
  };
  const answers = [NO_THREAT_FACTS, read];
  const deps: GateDeps = { ...gate.gate.deps, threats: () => answers.shift() ?? read };
  const now = deps.clock.now();
  const work = { ...key, origin: "event" } as const;
  expect(await admit(deps, work, { queuedAt: NOW, now })).toMatchObject({ kind: "retry" });
  expect(await gate.gate.deps.ledger.image(key)).toBeUndefined();
  expect(await history()).toEqual([]);
  expect(await admit(deps, work, { queuedAt: NOW, now })).toEqual({ kind: "done" });
  expect(await history()).toHaveLength(1);
});

test("what a look saw is not put over what another step came to know meanwhile", async () => {
  gate.writePolicy(SIGNED_POLICY.replace("grace: 0s", "grace: 0s, level: warn"));
  const key = await gate.push("shop/api", "1.0", imageNamed("signed"));
  await gate.drain();
  const { deps } = gate.gate;
  const [before] = await history();
  if (before === undefined) throw new Error("nothing is known of the image");
  const entry = { ...before, evidence: { ...before.evidence, findings: { kind: "pending", why: "seen by another" } as const } };
  const image = await gate.record(key);
  const put: GateDeps["evidence"]["put"] = async (...asked) => {
    const step = { intents: [], outcomes: [], journal: [], evidence: { kind: "gathered", entry } } as const;
    await deps.ledger.commit({ image: { ...image, version: image.version + 1 }, ...step });
    return deps.evidence.put(...asked);
  };
  gate.pass(60_000);
  await admit({ ...deps, evidence: { ...deps.evidence, put } }, { ...key, origin: "event" }, { queuedAt: NOW, now: deps.clock.now() });
  expect(await history()).toMatchObject([{ evidence: { findings: { why: "seen by another" } } }]);
});
