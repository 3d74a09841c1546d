import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseAsOf } from "../../../functions/cli/as-of.ts";
import type { Instant } from "../../../shared/domain/time.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { entryOf, evidenceOf, findingOf } from "../../fixtures/evidence.ts";
import { keyOf } from "../../fixtures/records.ts";
import { ISSUER, makeInstance, rootOf, SUBJECT } from "../../fixtures/sigstore.ts";
import { at } from "../policy/given.ts";
import { run } from "./run.ts";

const FRAME = "apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: t }\nmode: enforce\nrules:\n";
const OCTOBER = at("2026-10-01T12:00:00Z");
const NOVEMBER = at("2026-11-01T12:00:00Z");

let folder = "";
let strict = "";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-simulate-"));
  strict = join(folder, "strict.yaml");
  writeFileSync(join(folder, "policy.yaml"), `${FRAME}  - { id: no-critical, rule: severity-threshold, atLeast: critical }\n`);
  writeFileSync(strict, `${FRAME}  - { id: no-high, rule: severity-threshold, atLeast: high }\n`);
  const store = openSqliteStore({ file: join(folder, "ledger.db"), signHead: () => "" });
  const put = (name: string, repository: string, findings: readonly string[], when: Instant) =>
    store.evidence.put(
      entryOf(
        name,
        evidenceOf(
          findings.map((id) => findingOf(id)),
          { gatheredAt: when },
        ),
        { image: keyOf(name, repository), at: when },
      ),
    );
  await put("a", "shop/api", [], OCTOBER);
  await put("b", "tools/lint", ["CVE-2026-1"], OCTOBER);
  await put("a", "shop/api", ["CVE-2026-1"], NOVEMBER);
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const simulate = (...words: readonly string[]) => run(["simulate", "--state", folder, "--policy", strict, ...words]);

test("exit 1 where something would be newly held, 0 where nothing would, 2 where nothing was stored", async () => {
  expect((await simulate()).exit).toBe(1);
  expect((await run(["simulate", "--state", folder, "--policy", join(folder, "policy.yaml")])).exit).toBe(0);
  expect((await simulate("--as-of", "2026-09-30")).exit).toBe(2);
});

test("--as-of judges what was known at the end of that day, --repository what it names", async () => {
  const heldIn = async (...words: readonly string[]) => {
    const { effects, images } = JSON.parse((await simulate("--json", ...words)).out);
    return { images, held: effects["newly-held"] };
  };
  expect(await heldIn()).toEqual({ images: 2, held: 2 });
  expect(await heldIn("--as-of", "2026-10-01")).toEqual({ images: 2, held: 1 });
  expect(await heldIn("--repository", "shop/*")).toEqual({ images: 1, held: 1 });
  expect(await heldIn("--repository", "shop/*", "--as-of", "2026-10-01T12:00:00Z")).toEqual({ images: 1, held: 0 });
});

test("--against takes another policy than the one in the state folder", async () => {
  expect((await simulate("--against", strict)).exit).toBe(0);
});

test("signers whom the old policy did not trust alike are named, for what was examined says nothing of them", async () => {
  const trusting = (file: string, subject: string, root: object): string => {
    writeFileSync(join(folder, `${file}.json`), JSON.stringify(root));
    const identities = ["same", "ci"].map(
      (name) => `{ name: ${name}, issuer: "${ISSUER}", subject: "${name === "ci" ? subject : SUBJECT}" }`,
    );
    const trust = `trust: { identities: [${identities.join(", ")}], sigstore: [{ name: own, root: ${file}.json }] }\n`;
    writeFileSync(
      join(folder, `${file}.yaml`),
      FRAME.replace("rules:\n", `${trust}rules:\n  - { id: signed, rule: signature-required }\n`),
    );
    return join(folder, `${file}.yaml`);
  };
  const root = rootOf(makeInstance());
  const against = trusting("old", SUBJECT, root);
  const untried = async (policy: string): Promise<unknown> =>
    JSON.parse((await run(["simulate", "--state", folder, "--policy", policy, "--against", against, "--json"])).out).untriedSigners;
  expect(await untried(trusting("alike", SUBJECT, root))).toEqual([]);
  expect(await untried(trusting("wider", `${SUBJECT}*`, root))).toEqual(["ci"]);
  expect(await untried(trusting("rooted", SUBJECT, { ...root, timestampAuthorities: [] }))).toEqual(["same", "ci"]);
});

test("a state folder without a store, a policy or its old policy is an error, never an empty difference", async () => {
  rmSync(join(folder, "policy.yaml"));
  expect((await simulate()).exit).toBe(3);
  expect((await run(["simulate", "--state", folder])).exit).toBe(3);
  rmSync(join(folder, "ledger.db"));
  expect((await simulate("--against", strict)).exit).toBe(4);
});

test("a day is its end, today is now, a whole time is itself, and anything else is refused", () => {
  const now = at("2026-11-21T12:00:00Z");
  expect(parseAsOf(undefined, now)).toBe(now);
  expect(parseAsOf("2026-11-21", now)).toBe(now);
  expect(parseAsOf("2026-10-01", now)).toBe(at("2026-10-01T23:59:59.999Z"));
  expect(parseAsOf("2026-10-01T08:00:00Z", now)).toBe(at("2026-10-01T08:00:00Z"));
  expect(parseAsOf("2026-12-01", now)).toBe(at("2026-12-01T23:59:59.999Z"));
  expect(() => parseAsOf("yesterday", now)).toThrow("no day");
  expect(() => parseAsOf("2026-02-30", now)).toThrow("no day");
});
