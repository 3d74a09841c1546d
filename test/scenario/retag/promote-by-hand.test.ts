import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listen } from "../../../functions/local/listen.ts";
import { faceOf } from "../../../shared/compose/web-face.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { accessToken } from "../../../shared/web/access.ts";
import { createApp } from "../../../shared/web/app.ts";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { run } from "../../unit/cli/run.ts";
import { headIn, policy, REPOSITORY, signedIn, unsignedIn, verbsOf } from "./tagged.ts";

const TOKEN = "operator-token-of-a-test";
const SCANNED = policy("onViolation: hold").replace(/^ {2}- .*$/m, "  - { id: scanned, rule: severity-threshold, atLeast: critical }");

/** Whether the registry is down for whoever sets a tag. */
let isDown = false;
let gate: SmallGate;
let folder: string;
let door: Awaited<ReturnType<typeof listen>>;

beforeEach(async () => {
  isDown = false;
  gate = await startSmallGate(policy('rollBack: ["stable"]'), "off", {
    around: async (request, registry) => (isDown && request.method === "PUT" ? new Response(null, { status: 503 }) : registry(request)),
  });
  const app = createApp({
    ...faceOf(gate.gate),
    tokens: [accessToken("ann", ["operator"], TOKEN)],
    hasAdmission: false,
    isAllowedHost: () => true,
  });
  folder = mkdtempSync(join(tmpdir(), "moorgate-promote-"));
  writeFileSync(join(folder, "token"), TOKEN);
  door = await listen({ host: "127.0.0.1", port: 0, flag: "--port", requestTimeoutMs: 10_000 }, (request) => app.fetch(request));
});
afterEach(async () => {
  await door.stop();
  await gate.stop();
  rmSync(folder, { recursive: true });
});

const moorgate = (words: readonly string[], answer?: boolean) =>
  run([...words, "--url", `http://127.0.0.1:${door.port}`, "--token-file", join(folder, "token")], answer === undefined ? {} : { answer });
const named = (tag: string): string => `${gate.host}/${REPOSITORY}:${tag}`;
const promote = (tag: string, to: string, ...more: readonly string[]) => moorgate(["promote", named(tag), "--to", to, ...more]);

async function json(tag: string, to: string, ...more: readonly string[]): Promise<{ exit: number; answer: Record<string, unknown> }> {
  const { exit, out, err } = await promote(tag, to, "--json", ...more);
  return { exit, answer: JSON.parse(out === "" ? err : out) };
}

async function undo(key: ImageKey): Promise<void> {
  const [newest] = await gate.store.ledger.actions(key);
  const { exit } = await moorgate(["undo", newest?.action.id ?? "", "--reason", "a mistake", "--yes"]);
  expect(exit).toBe(0);
}

describe("a person promotes an image that complies", () => {
  test("the tag points at it, the journal names the person, and an undo points it where it was", async () => {
    const old = await signedIn(gate, "old", ["1.0", "stable"]);
    const next = await signedIn(gate, "next", ["1.1"]);
    expect(await json("1.1", "stable", "--reason", "release 1.1", "--yes")).toMatchObject({
      exit: 0,
      answer: { kind: "done", action: { purpose: "promote", changes: [{ tag: "stable", from: old.digest, to: next.digest }] } },
    });
    await gate.drain();
    expect(await headIn(gate, "stable")).toBe(next.digest);
    expect([(await gate.record(old)).tags, (await gate.record(next)).tags]).toEqual([["1.0"], ["1.1", "stable"]]);
    expect((await gate.store.ledger.actions(next))[0]?.action.actor).toEqual({ name: "ann", reason: "release 1.1" });
    await undo(next);
    await gate.drain();
    expect(await headIn(gate, "stable")).toBe(old.digest);
    expect([(await gate.record(old)).tags, (await gate.record(next)).tags]).toEqual([["1.0", "stable"], ["1.1"]]);
  });

  test("to a tag that is not there yet: an undo takes it away and leaves the image", async () => {
    const key = await signedIn(gate, "good", ["1.0"]);
    expect((await promote("1.0", "prod", "--yes")).exit).toBe(0);
    expect(await headIn(gate, "prod")).toBe(key.digest);
    await undo(key);
    expect([await headIn(gate, "prod"), await headIn(gate, "1.0")]).toEqual([undefined, key.digest]);
  });

  test("where the tag points at it already nothing is done, and that is fine", async () => {
    const key = await signedIn(gate, "good", ["1.0", "stable"]);
    expect(await json("1.0", "stable", "--yes")).toMatchObject({ exit: 0, answer: { kind: "there" } });
    expect(await verbsOf(gate, key)).toEqual([]);
  });

  test("in a dry run of the policy too, and the gate leaves the tag there", async () => {
    await gate.changePolicy(policy('rollBack: ["stable"]').replace("mode: enforce", "mode: dry-run"));
    const key = await signedIn(gate, "good", ["1.0"]);
    await unsignedIn(gate, "bad", ["1.1"]);
    expect([(await promote("1.0", "stable", "--yes")).exit, (await promote("1.1", "stable", "--yes")).exit]).toEqual([0, 1]);
    await gate.drain();
    expect(await headIn(gate, "stable")).toBe(key.digest);
  });

  test("also one that the gate has not met", async () => {
    gate.loseEvents(true);
    const key = await signedIn(gate, "good", ["1.0"]);
    expect((await promote("1.0", "stable", "--yes")).exit).toBe(0);
    expect(await headIn(gate, "stable")).toBe(key.digest);
  });

  test("and it is rolled back from there like any other when it violates later", async () => {
    const old = await signedIn(gate, "old", ["1.0", "stable"]);
    await gate.changePolicy(policy('rollBack: ["stable"]').replace("grace: 0s", "grace: 0s, select: { tag: [stable, '1.1'] }"));
    const next = await signedIn(gate, "next", ["1.1"]);
    expect((await promote("1.1", "stable", "--yes")).exit).toBe(0);
    await gate.gate.operator.hold({ image: next, actor: { name: "ann", reason: "leaked key" } });
    expect(await headIn(gate, "stable")).toBe(old.digest);
  });
});

describe("what does not comply is not promoted", () => {
  test("a violating image: exit 1, with the reasons and what mends them", async () => {
    await gate.changePolicy(policy("onViolation: warn"));
    await signedIn(gate, "old", ["1.0", "stable"]);
    await unsignedIn(gate, "bad", ["1.1"]);
    expect(await json("1.1", "stable", "--yes")).toMatchObject({
      exit: 1,
      answer: { kind: "barred", verdict: "violating", reasons: [{ ruleId: "signed" }] },
    });
    const { out } = await promote("1.1", "stable", "--yes");
    for (const part of ["NOT PROMOTED", "policy.yaml:", "Fix"]) expect(out).toContain(part);
    expect(await headIn(gate, "stable")).toBe(imageNamed("old").manifest.digest);
  });

  test("one that complied when it was judged last, by what is in force now: it is judged anew", async () => {
    const key = await signedIn(gate, "good", ["1.0"]);
    gate.writePolicy(SCANNED);
    expect((await gate.record(key)).verdict?.kind).toBe("compliant");
    expect(await json("1.0", "stable", "--yes")).toMatchObject({ exit: 2, answer: { verdict: "indeterminate" } });
    expect(await headIn(gate, "stable")).toBeUndefined();
  });

  test("one that would violate with the tag alone", async () => {
    await gate.changePolicy(policy("onViolation: hold").replace("grace: 0s", "grace: 0s, select: { tag: [stable] }"));
    const key = await unsignedIn(gate, "bad", ["1.0"]);
    expect((await gate.record(key)).verdict?.kind).toBe("compliant");
    expect(await json("1.0", "stable", "--yes")).toMatchObject({ exit: 1, answer: { kind: "barred" } });
  });

  test("one that violates without the tag alone", async () => {
    await gate.changePolicy(policy("onViolation: warn").replace("grace: 0s", "grace: 0s, select: { tag: ['1.*'] }"));
    await unsignedIn(gate, "bad", ["1.0"]);
    expect((await promote("1.0", "stable", "--yes")).exit).toBe(1);
  });

  test("one of which facts are missing: exit 2, and one that no rule is for", async () => {
    await gate.changePolicy(SCANNED);
    await unsignedIn(gate, "unscanned", ["1.0"]);
    expect(await json("1.0", "stable", "--yes")).toMatchObject({ exit: 2, answer: { verdict: "indeterminate" } });
    await gate.changePolicy(policy("onViolation: hold").replace("grace: 0s", "grace: 0s, select: { repository: [other] }"));
    expect(await json("1.0", "stable", "--yes")).toMatchObject({ exit: 2, answer: { verdict: "unasked", reasons: [] } });
    expect(await headIn(gate, "stable")).toBeUndefined();
  });

  test("an act that was not done is no success of the API either", async () => {
    await gate.changePolicy(policy("onViolation: warn"));
    await unsignedIn(gate, "bad", ["1.0"]);
    const response = await fetch(`http://127.0.0.1:${door.port}/api/v1/promote`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ image: named("1.0"), to: "stable" }),
    });
    expect(response.status).toBe(409);
  });
});

describe("nothing is moved", () => {
  test("by a dry run, which shows where the tag points and where it would, and what the loser is left with: exit 1", async () => {
    const old = await signedIn(gate, "old", ["stable"]);
    const next = await signedIn(gate, "next", ["1.1"]);
    const { exit, out } = await promote("1.1", "stable", "--dry-run");
    expect(exit).toBe(1);
    for (const { digest } of [old, next]) expect(out).toContain(digest.slice(7, 19));
    expect(out).toContain("no other tag");
    const back = await promote("stable", "1.1", "--dry-run");
    expect(back.out).toContain("step back");
    expect(await headIn(gate, "stable")).toBe(old.digest);
    expect(await verbsOf(gate, next)).toEqual([]);
  });

  test("where the person says no, after the plan was shown", async () => {
    await signedIn(gate, "good", ["1.0"]);
    const { exit, err, asked } = await moorgate(["promote", named("1.0"), "--to", "stable"], false);
    expect([exit, asked.length]).toEqual([1, 1]);
    expect(err).toContain("Tag stable: nothing -> ");
    expect(await headIn(gate, "stable")).toBeUndefined();
  });

  test("of a held image that complies: it is given back first", async () => {
    const key = await signedIn(gate, "good", ["1.0"]);
    await gate.gate.operator.hold({ image: key, actor: { name: "ann", reason: "leaked key" } });
    expect((await promote("1.0", "stable", "--yes")).exit).toBe(4);
    expect(await headIn(gate, "stable")).toBeUndefined();
  });

  test.each([
    ["an image that is not there", "2.0", "stable", 4],
    ["what is attached to images, by its tag", "1.0", `sha256-${"a".repeat(64)}.sig`, 4],
    ["no tag", "1.0", "not a tag", 3],
  ])("for %s", async (_, tag, to, exit) => {
    await signedIn(gate, "good", ["1.0"]);
    expect((await promote(tag, to, "--yes")).exit).toBe(exit);
  });

  test("without --to, or with nobody to ask", async () => {
    expect((await moorgate(["promote", named("1.0"), "--yes"])).exit).toBe(3);
    expect((await promote("1.0", "stable")).exit).toBe(3);
  });
});

describe("a promotion that was cut off", () => {
  const cutOff = async (): Promise<ImageKey> => {
    await signedIn(gate, "old", ["1.0", "stable"]);
    const next = await signedIn(gate, "next", ["1.1"]);
    isDown = true;
    expect((await promote("1.1", "stable", "--yes")).exit).toBe(4);
    isDown = false;
    expect((await gate.record(next)).pending).toMatchObject({ verb: "retag", purpose: "promote" });
    return next;
  };

  test("is brought to its end by the gate", async () => {
    const next = await cutOff();
    gate.pass(600_000);
    await gate.drain();
    expect(await headIn(gate, "stable")).toBe(next.digest);
    expect(await verbsOf(gate, next)).toEqual(["promote"]);
  });

  test("is not finished under a policy that was not asked", async () => {
    const next = await cutOff();
    gate.writePolicy(SCANNED);
    gate.pass(600_000);
    await gate.drain();
    expect(await headIn(gate, "stable")).toBe(imageNamed("old").manifest.digest);
    expect((await gate.store.ledger.actions(next))[0]?.outcome?.kind).toBe("superseded");
  });
});
