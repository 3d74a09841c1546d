import { expect, test } from "vitest";
import type { ImageEvidence } from "../../shared/domain/evidence.ts";
import { parseRepository, parseTag } from "../../shared/domain/image-ref.ts";
import type { Instant } from "../../shared/domain/time.ts";
import type { EvidenceStore, StoredEvidence } from "../../shared/ports/evidence-store.ts";
import type { LedgerStep } from "../../shared/ports/ledger.ts";
import { entryOf, evidenceOf, findingOf } from "../fixtures/evidence.ts";
import { at, digestOf, keyOf, NOW, recordOf } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

async function all(store: EvidenceStore, asOf: Instant = at(1_000_000), repository?: string): Promise<readonly StoredEvidence[]> {
  return Array.fromAsync(store.entries(asOf, repository === undefined ? undefined : { repository }));
}

async function digestsOf(store: EvidenceStore, asOf?: Instant): Promise<readonly string[]> {
  return (await all(store, asOf)).map((entry) => entry.image.digest);
}

/** Every kind of list that evidence has, in an index and its child. */
function everything(): ImageEvidence {
  const child = evidenceOf([findingOf("CVE-2026-2", { firstSeenAt: at(-5), aliases: ["GHSA-xxxx-yyyy-zzzz"] })], {
    inventory: {
      kind: "reported",
      inventories: [
        {
          format: "spdx-json",
          tool: "syft",
          madeAt: "unknown",
          digest: digestOf("sbom"),
          packages: [{ name: "zlib", version: "1.3", type: "debian", licences: ["Zlib"] }],
        },
      ],
    },
  });
  return evidenceOf([], {
    findings: { kind: "stale", why: "scanned 90 d ago", reports: [] },
    signatures: { kind: "unavailable", why: "registry.example did not answer" },
    attestations: {
      kind: "examined",
      statements: [{ predicateType: "https://slsa.dev/provenance/v1", predicate: { builder: { id: "ci" } }, place: digestOf("p") }],
    },
    vex: {
      kind: "examined",
      statements: [
        { ids: ["CVE-2026-2"], status: "not-affected", products: [], components: [], author: "a", saidAt: NOW, place: digestOf("v") },
      ],
    },
    children: [child],
    missingChildren: [digestOf("missing")],
  });
}

/** The rules of `EvidenceStore` in `ports/evidence-store.ts`; every store keeps them. */
export function evidenceStoreContract(withStore: WithStore): void {
  test("evidence is given back as it was put, with its tags and what was decided", () =>
    withStore(async ({ evidence }) => {
      const entry = entryOf("a", everything(), {
        tags: [parseTag("1.0")],
        verdict: { kind: "violating", reasons: ["no-high:CVE-2026-2:openssl", "signed"] },
      });
      const digest = await evidence.put(entry);
      expect(await all(evidence)).toEqual([{ ...entry, digest }]);
    }));

  test("the newest entry of one image is found by its name, and none of an image that is not known or has left", () =>
    withStore(async ({ evidence }) => {
      const [a, other] = [entryOf("a", evidenceOf([findingOf("CVE-2026-1")])), entryOf("b", evidenceOf([]))];
      await evidence.put({ ...a, at: at(-2) });
      await evidence.put(other);
      const digest = await evidence.put({ ...a, evidence: everything(), verdict: { kind: "violating", reasons: ["signed"] } });
      expect(await evidence.last(a.image)).toEqual({
        ...a,
        evidence: everything(),
        verdict: { kind: "violating", reasons: ["signed"] },
        digest,
      });
      expect(await evidence.last(keyOf("c"))).toBeUndefined();
      expect(await evidence.last({ ...a.image, repository: parseRepository("shop/other") })).toBeUndefined();
      await evidence.forget(a.image, at(5));
      expect(await evidence.last(a.image)).toBeUndefined();
      expect((await evidence.last(other.image))?.image).toEqual(other.image);
    }));

  test("what a step knows is the newest, also where its look began before another that was written first", () =>
    withStore(async ({ evidence, ledger }) => {
      const [pending, found] = [entryOf("a", evidenceOf([])), entryOf("a", evidenceOf([findingOf("CVE-2026-1")]))];
      const step = (version: number, evidence: NonNullable<LedgerStep["evidence"]>) =>
        ledger.commit({ image: recordOf(found.image, { version }), intents: [], outcomes: [], journal: [], evidence });
      await step(1, { kind: "gathered", entry: { ...pending, at: at(10) } });
      await step(2, { kind: "gathered", entry: { ...found, at: at(5) } });
      const last = await evidence.last(found.image);
      expect(last?.evidence).toEqual(found.evidence);
      expect(await all(evidence, at(10))).toMatchObject([{ evidence: pending.evidence }]);
      await step(3, { kind: "gone", at: at(7) });
      expect(await evidence.last(found.image)).toBeUndefined();
    }));

  test("what was seen before a step is not put over what the step knows, whenever it was seen", () =>
    withStore(async ({ evidence, ledger }) => {
      const [pending, found] = [entryOf("a", evidenceOf([])), entryOf("a", evidenceOf([findingOf("CVE-2026-1")]))];
      const image = recordOf(found.image, { version: 1 });
      const nothing = { intents: [], outcomes: [], journal: [] };
      await ledger.commit({ image, ...nothing, evidence: { kind: "gathered", entry: pending } });
      await ledger.commit({ image: { ...image, version: 2 }, ...nothing, evidence: { kind: "gathered", entry: found } });
      await evidence.put({ ...pending, at: at(20) }, 1);
      expect((await evidence.last(found.image))?.evidence).toEqual(found.evidence);
      await evidence.put({ ...pending, at: at(20) }, 2);
      expect((await evidence.last(found.image))?.evidence).toEqual(pending.evidence);
    }));

  test("a fact that images share is one object for all of them, also where its source saw it at different times", () =>
    withStore(async ({ evidence }) => {
      await evidence.put(entryOf("a", evidenceOf([findingOf("CVE-2026-1"), findingOf("CVE-2026-2", { firstSeenAt: at(-1) })])));
      await evidence.put(entryOf("b", evidenceOf([findingOf("CVE-2026-2", { firstSeenAt: at(-2) }), findingOf("CVE-2026-1")])));
      const [a, b] = (await all(evidence)).map(({ evidence: { findings } }) =>
        findings.kind === "reported" ? findings.reports[0].findings : [],
      );
      const named = (id: string) => [a, b].map((list) => list?.find((finding) => finding.id === id));
      const [shared, again] = named("CVE-2026-1");
      expect(shared).toBe(again);
      expect(shared).toBeDefined();
      expect(new Set(named("CVE-2026-2").map((finding) => finding?.firstSeenAt))).toEqual(new Set([at(-2), at(-1)]));
    }));

  test("equal evidence has one digest, whenever it was gathered and in whatever order its members stand", () =>
    withStore(async ({ evidence }) => {
      const first = entryOf("a", evidenceOf([findingOf("CVE-2026-1")]));
      const digest = await evidence.put(first);
      const turned = Object.fromEntries(Object.entries(findingOf("CVE-2026-1")).reverse());
      const second = entryOf("a", evidenceOf([{ ...findingOf("CVE-2026-1"), ...turned }], { gatheredAt: at(10) }));
      expect(await evidence.put(second)).toBe(digest);
      expect(await all(evidence)).toMatchObject([{ at: NOW }]);
      const other = entryOf("a", evidenceOf([findingOf("CVE-2026-1", { severity: "low" })]));
      expect(await evidence.put({ ...other, at: at(20) })).not.toBe(digest);
      expect(await all(evidence)).toMatchObject([{ at: at(20) }]);
    }));

  test("another verdict or another tag on the same evidence is another entry", () =>
    withStore(async ({ evidence }) => {
      const entry = entryOf("a", evidenceOf([]), { verdict: { kind: "compliant", reasons: [] } });
      await evidence.put(entry);
      await evidence.put({ ...entry, at: at(1), verdict: { kind: "violating", reasons: ["signed"] } });
      await evidence.put({ ...entry, at: at(2), verdict: { kind: "violating", reasons: ["scanned"] } });
      await evidence.put({ ...entry, at: at(3), verdict: { kind: "violating", reasons: ["scanned"] }, tags: [parseTag("2.0")] });
      const times = await Promise.all([0, 1, 2, 3, 4].map(async (time) => (await all(evidence, at(time)))[0]?.at));
      expect(times).toEqual([NOW, at(1), at(2), at(3), at(3)]);
    }));

  test("as of a day, each image is as it was known then; one that left since is there, one that had left is not", () =>
    withStore(async ({ evidence }) => {
      await evidence.put(entryOf("a", evidenceOf([findingOf("CVE-2026-1")])));
      await evidence.put({ ...entryOf("b", evidenceOf([])), at: at(5) });
      await evidence.put({ ...entryOf("a", evidenceOf([])), at: at(10) });
      await evidence.forget(keyOf("b"), at(20));
      expect(await all(evidence, at(-1))).toEqual([]);
      expect(await digestsOf(evidence, at(4))).toEqual([keyOf("a").digest]);
      expect((await digestsOf(evidence, at(19))).length).toBe(2);
      expect(await digestsOf(evidence, at(20))).toEqual([keyOf("a").digest]);
      expect(new Set((await all(evidence, at(9))).map(({ at: time }) => time))).toEqual(new Set([NOW, at(5)]));
      await evidence.put({ ...entryOf("b", evidenceOf([])), at: at(30) });
      expect((await digestsOf(evidence)).length).toBe(2);
    }));

  test("images come in the order of registry, repository and digest, also beyond one page, and of one repository where it is asked for", () =>
    withStore(async ({ evidence }) => {
      const names = Array.from({ length: 1_203 }, (_, number) => `image ${number}`);
      const put = names.map((name, number) =>
        evidence.put(entryOf(name, evidenceOf([]), { image: keyOf(name, number % 2 === 0 ? "shop/api" : "shop/web") })),
      );
      await Promise.all(put);
      const found = (await all(evidence)).map(({ image }) => `${image.repository}@${image.digest}`);
      expect(found).toHaveLength(1_203);
      expect(found).toEqual([...found].sort());
      expect(await all(evidence, undefined, "shop/web")).toHaveLength(601);
      expect(await all(evidence, undefined, "shop")).toEqual([]);
    }));

  test("images are found by any id of a vulnerability that their newest evidence names, in an index's child too", () =>
    withStore(async ({ evidence }) => {
      await evidence.put(entryOf("index", everything()));
      await evidence.put(entryOf("cured", evidenceOf([findingOf("CVE-2026-2")])));
      await evidence.put({ ...entryOf("cured", evidenceOf([findingOf("CVE-2026-3")])), at: at(1) });
      await evidence.put(entryOf("gone", evidenceOf([findingOf("CVE-2026-2")])));
      await evidence.forget(keyOf("gone"), at(2));
      expect(await evidence.imagesWith(["CVE-2026-2"])).toEqual([keyOf("index")]);
      expect(await evidence.imagesWith(["GHSA-xxxx-yyyy-zzzz"])).toEqual([keyOf("index")]);
      expect(new Set(await evidence.imagesWith(["CVE-2026-3", "CVE-2026-2"]))).toEqual(new Set([keyOf("index"), keyOf("cured")]));
      expect(await evidence.imagesWith(["CVE-2026-9"])).toEqual([]);
      expect(await evidence.imagesWith([])).toEqual([]);
    }));

  test("a search gives every image that is there, in order, with the facts that are wished for and the rest of its evidence", () =>
    withStore(async ({ evidence }) => {
      await evidence.put(entryOf("index", everything()));
      await evidence.put(entryOf("old", evidenceOf([findingOf("CVE-2026-2"), findingOf("CVE-2026-7")])));
      await evidence.put({ ...entryOf("old", evidenceOf([findingOf("CVE-2026-7")])), at: at(1) });
      await evidence.put(entryOf("gone", evidenceOf([findingOf("CVE-2026-2")])));
      await evidence.forget(keyOf("gone"), at(2));
      const zlib = { kind: "containing", texts: ["zlib"], isMeant: (fact: unknown) => "licences" in Object(fact) } as const;
      const found = await Array.fromAsync(evidence.search(zlib));
      expect(found.map(({ image }) => image.digest)).toEqual([keyOf("index"), keyOf("old")].map(({ digest }) => digest).sort());
      const index = found.find(({ image }) => image.digest === keyOf("index").digest)?.evidence;
      const whole = entryOf("index", everything()).evidence;
      expect(index?.children[0]?.inventory).toEqual(whole.children[0]?.inventory);
      expect(index).toMatchObject({ missingChildren: whole.missingChildren, attestations: { kind: "examined", statements: [] } });
      expect(index?.children[0]?.findings).toMatchObject({ kind: "reported", reports: [{ scanner: "trivy", findings: [] }] });
      expect(await Array.fromAsync(evidence.search({ ...zlib, isMeant: () => false }))).toHaveLength(2);
    }));

  test("a search for vulnerabilities keeps those that go by one of the names, with the times at which they were seen", () =>
    withStore(async ({ evidence }) => {
      const seen = findingOf("CVE-2026-2", { firstSeenAt: at(-3), aliases: ["GHSA-xxxx-yyyy-zzzz"] });
      await evidence.put(entryOf("a", evidenceOf([findingOf("CVE-2026-1", { firstSeenAt: at(-9) }), seen, findingOf("CVE-2026-3")])));
      const [found] = await Array.fromAsync(evidence.search({ kind: "named", names: ["GHSA-xxxx-yyyy-zzzz", "CVE-2026-3"] }));
      expect(found?.evidence.findings).toMatchObject({ reports: [{ findings: [seen, findingOf("CVE-2026-3")] }] });
    }));

  test("how an image is configured comes back with all that was ever known of it, and with what is searched for", () =>
    withStore(async ({ evidence }) => {
      const config = {
        kind: "read",
        config: {
          user: "node",
          workingDir: "/app",
          createdAt: NOW,
          env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
          exposedPorts: ["8080/tcp"],
          labels: { team: "payments" },
          entrypoint: ["/bin/server"],
          cmd: [],
          volumes: [],
          hasHealthcheck: false,
          history: [],
          layers: [digestOf("layer 1"), digestOf("layer 2")],
        },
      } as const;
      const fewer = evidenceOf([], { config });
      const more = evidenceOf([findingOf("CVE-2026-1")], { config });
      for (const [name, when] of [
        ["a", 0],
        ["b", 5],
      ] as const) {
        await evidence.put(entryOf(name, fewer, { at: at(when) }));
        await evidence.put(entryOf(name, more, { at: at(when + 10) }));
        await evidence.put(entryOf(name, evidenceOf([], { config, missingChildren: [digestOf("x")] }), { at: at(when + 20) }));
        await evidence.put(entryOf(name, fewer, { at: at(when + 30) }));
      }
      for (const when of [8, 18, 28, 50]) for (const known of await all(evidence, at(when))) expect(known.evidence.config).toEqual(config);
      expect((await all(evidence, at(12)))[0]?.evidence.findings).not.toEqual((await all(evidence, at(12)))[1]?.evidence.findings);
      await evidence.put(entryOf("a", more, { at: at(60) }));
      const found = await Array.fromAsync(evidence.search({ kind: "named", names: ["CVE-2026-1"] }));
      expect(found.map((each) => each.evidence.config)).toEqual([config, config]);
    }));

  test("a vulnerability's names are those under which it is kept, and its own where it is not", () =>
    withStore(async ({ evidence }) => {
      await evidence.put(entryOf("a", evidenceOf([findingOf("CVE-2026-2", { aliases: ["GHSA-xxxx-yyyy-zzzz"] })])));
      await evidence.put(entryOf("b", evidenceOf([findingOf("DSA-1-1", { aliases: ["CVE-2026-2"] }), findingOf("CVE-2026-9")])));
      expect(await evidence.namesOf("CVE-2026-2")).toEqual(["CVE-2026-2", "DSA-1-1", "GHSA-xxxx-yyyy-zzzz"]);
      expect(await evidence.namesOf("CVE-2026-5")).toEqual(["CVE-2026-5"]);
    }));

  test("a step of the ledger keeps its evidence, or ends the history; one that conflicts does neither", () =>
    withStore(async ({ ledger, evidence }) => {
      const key = keyOf("a");
      const entry = entryOf("a", evidenceOf([findingOf("CVE-2026-1")]));
      const step = { intents: [], outcomes: [], journal: [] };
      await ledger.commit({ ...step, image: recordOf(key), evidence: { kind: "gathered", entry } });
      expect(await digestsOf(evidence)).toEqual([key.digest]);
      const late = { ...entry, at: at(5), tags: [parseTag("late")] };
      expect(await ledger.commit({ ...step, image: recordOf(key), evidence: { kind: "gathered", entry: late } })).toBe("conflict");
      expect(await all(evidence)).toMatchObject([{ tags: [] }]);
      const gone = recordOf(key, { version: 2, presence: "gone" });
      await ledger.commit({ ...step, image: gone, evidence: { kind: "gone", at: at(10) } });
      expect(await all(evidence)).toEqual([]);
      expect(await evidence.imagesWith(["CVE-2026-1"])).toEqual([]);
    }));
}
