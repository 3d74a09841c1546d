import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Gate, openGate } from "../../../shared/compose/gate.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../../shared/domain/threat.ts";
import { type Instant, parseDuration } from "../../../shared/domain/time.ts";
import type { ActivePolicy } from "../../../shared/pipeline/deps.ts";
import { followPolicy } from "../../../shared/pipeline/follow-policy.ts";
import { followThreats } from "../../../shared/pipeline/follow-threats.ts";
import { readJudgeWork } from "../../../shared/pipeline/work.ts";
import type { Policy } from "../../../shared/policy/document.ts";
import type { Waiver } from "../../../shared/policy/waivers/waiver.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead } from "../../contract/store.ts";
import { entryOf, evidenceOf, findingOf } from "../../fixtures/evidence.ts";
import { kevOf } from "../../fixtures/feeds.ts";
import { actionOf, at, digestOf, keyOf, NOW, reasonOf, recordOf, verdictOf } from "../../fixtures/records.ts";

const DAY = 86_400_000;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
rules:
  - { id: no-known-exploited, rule: known-exploited, level: audit }
  - { id: unlikely, rule: exploit-probability, probability: 0.5 }
`;

let folder: string;
let kev: string;
let store: Store;
let gate: Gate;
let now: Instant;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-follow-"));
  kev = join(folder, "kev.json");
  const policyFile = join(folder, "policy.yaml");
  writeFileSync(policyFile, POLICY);
  now = NOW;
  store = openSqliteStore({ file: ":memory:", signHead });
  const feeds = { knownExploited: { location: { kind: "file", path: kev }, every: parseDuration("24h") } } as const;
  gate = await openGate({ policyFile, registries: [], sinks: [], feeds, version: "0.0.0" }, store, { now: () => now }, log);
  await seen("openssl", ["CVE-2026-1000"]);
  await seen("zlib", ["CVE-2026-1001"]);
  await seen("both", ["CVE-2026-1000", "CVE-2026-1001"]);
  await seen("clean", []);
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function seen(name: string, vulnerabilities: readonly string[]): Promise<void> {
  const entry = entryOf(name, evidenceOf(vulnerabilities.map((id) => findingOf(id))));
  const verdict = vulnerabilities.length === 0 ? verdictOf("compliant") : verdictOf("violating", { reasons: [reasonOf()] });
  const image = recordOf(keyOf(name), { verdict });
  await store.ledger.commit({ image, intents: [], outcomes: [], journal: [], evidence: { kind: "gathered", entry } });
}

/** Names of the images that are to be judged again; the queue is empty afterwards. */
async function queued(): Promise<readonly string[]> {
  const jobs = await store.queue.claim(100, now, 60_000);
  for (const job of jobs) await store.queue.finish(job, { kind: "done" }, now);
  const digests = jobs.map((job) => readJudgeWork(job.payload).digest);
  const named = ["openssl", "zlib", "both", "clean", "pending"].filter((name) => digests.includes(keyOf(name).digest));
  expect(named).toHaveLength(jobs.length);
  return named;
}

async function publish(ids: readonly string[], later: number): Promise<void> {
  now = at(later);
  writeFileSync(kev, kevOf(ids.map((id) => ({ id }))));
  await gate.refreshFeeds();
}

describe("a change of the feeds", () => {
  test("has those images judged again that have a finding on which the feed says something else, and no other", async () => {
    await publish(["CVE-2026-9999"], 0);
    await queued();
    await publish(["CVE-2026-9999", "CVE-2026-1000"], DAY);
    expect(await queued()).toEqual(["openssl", "both"]);
    await publish(["CVE-2026-9999", "CVE-2026-1000", "CVE-2020-1234"], 2 * DAY);
    expect(await queued()).toEqual([]);
  });

  test("that makes a feed known has every image judged again that is there", async () => {
    const gone = recordOf(keyOf("gone"), { presence: "gone" });
    await store.ledger.commit({ image: gone, intents: [], outcomes: [], journal: [] });
    await publish(["CVE-2026-9999"], 0);
    expect(await queued()).toEqual(["openssl", "zlib", "both", "clean"]);
  });

  test("that moves the scores of very many images has those judged again that get another verdict by it", async () => {
    const named = (number: number): string => `CVE-2026-${20_000 + number}`;
    const entries = Array.from({ length: 1_001 }, (_, number) => {
      const image = keyOf(`many ${number}`);
      return entryOf("", evidenceOf([findingOf(named(number))]), { image });
    });
    await Promise.all(entries.map((entry) => store.evidence.put(entry)));
    const predictions = (scores: readonly number[]): ThreatFacts => {
      const scored = scores.map((probability, number) => [named(number), { probability, percentile: 0.5 }] as const);
      const exploitPrediction = { kind: "read", digest: digestOf(scores.join()), madeAt: NOW, entries: new Map(scored) } as const;
      return { ...NO_THREAT_FACTS, exploitPrediction };
    };
    const before = predictions(entries.map(() => 0.1));
    const after = predictions(entries.map((_, number) => (number === 7 ? 0.9 : 0.2)));
    await followThreats(gate.deps, before, after);
    const jobs = await store.queue.claim(100, now, 60_000);
    expect(jobs.map((job) => readJudgeWork(job.payload).digest)).toEqual([keyOf("many 7").digest]);
  });

  test("is in force for the next verdict", async () => {
    expect(gate.deps.threats().knownExploited.kind).toBe("unavailable");
    await publish(["CVE-2026-1000"], 0);
    const { knownExploited } = gate.deps.threats();
    expect(knownExploited.kind === "read" ? [...knownExploited.entries.keys()] : []).toEqual(["CVE-2026-1000"]);
  });
});

describe("a change of policy", () => {
  function policyWith(waivers: readonly Waiver[], fields: Partial<Policy> = {}): ActivePolicy {
    const active = gate.policy.current();
    return { ...active, policy: { ...active.policy, waivers, ...fields } };
  }

  function waiver(scope: Waiver["scope"], fields: Partial<Waiver> = {}): Waiver {
    const people = { owner: "app team", reason: "not reachable", approvedBy: "security team" };
    return {
      id: "w",
      scope,
      ...people,
      createdAt: NOW,
      expiresAt: at(DAY),
      evenIfFixed: false,
      evenIfExploited: false,
      place: "w.yaml:1",
      ...fields,
    };
  }

  async function pending(key: ImageKey): Promise<void> {
    const image = recordOf(key, { pending: actionOf(key) });
    await store.ledger.commit({ image, intents: [], outcomes: [], journal: [] });
  }

  const NAMED = waiver({ vulnerabilities: ["CVE-2026-1001"] });

  test("by waivers alone concerns the images with a finding that they name, and what was about to be done; the other verdicts stand", async () => {
    await pending(keyOf("pending"));
    expect(await followPolicy(gate.deps, policyWith([]), policyWith([NAMED]))).toBe(true);
    expect(await queued()).toEqual(["zlib", "both", "pending"]);
  });

  test("that takes a waiver away or makes it longer concerns the same images", async () => {
    await followPolicy(gate.deps, policyWith([NAMED]), policyWith([]));
    expect(await queued()).toEqual(["zlib", "both"]);
    await followPolicy(gate.deps, policyWith([NAMED]), policyWith([{ ...NAMED, expiresAt: at(2 * DAY) }]));
    expect(await queued()).toEqual(["zlib", "both"]);
    await followPolicy(gate.deps, policyWith([NAMED]), policyWith([{ ...NAMED, place: "w.yaml:9" }]));
    expect(await queued()).toEqual([]);
  });

  test("by a waiver that names no vulnerability concerns the images that its rules speak against", async () => {
    await followPolicy(gate.deps, policyWith([]), policyWith([waiver({ rules: ["no-critical"] })]));
    expect(await queued()).toEqual(["openssl", "zlib", "both"]);
    await followPolicy(gate.deps, policyWith([]), policyWith([waiver({ rules: ["signed"] })]));
    expect(await queued()).toEqual([]);
  });

  test("by the content of a trusted file, whose name in the policy stays, concerns every image", async () => {
    const other = { ...policyWith([]), trust: { keys: [{ name: "release", pem: "another", hash: "sha256" as const }] } };
    expect(await followPolicy(gate.deps, policyWith([]), other)).toBe(false);
    expect(await queued()).toEqual(["openssl", "zlib", "both", "clean"]);
  });

  test("by more than waivers concerns every image", async () => {
    expect(await followPolicy(gate.deps, policyWith([]), policyWith([NAMED], { mode: "dry-run" }))).toBe(false);
    expect(await queued()).toEqual(["openssl", "zlib", "both", "clean"]);
  });
});
