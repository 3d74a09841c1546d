import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Built } from "../../../functions/local/samples/image.ts";
import { attachReport } from "../../../functions/local/samples/report.ts";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { admit } from "../../../shared/pipeline/admit.ts";
import { readJudgeWork } from "../../../shared/pipeline/work.ts";
import { explain } from "../../../shared/policy/explain/explain.ts";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { fallbackTag, legacySignature, referrersList } from "../../fixtures/attachments.ts";

const CREATED = "2026-01-01T00:00:00Z";
const REPOSITORY = "shop/api";
// No rule asks for a signature.
const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
trust: { keys: [{ name: release, file: release.pub }] }
rules:
  - { id: known, rule: severity-threshold, atLeast: critical, level: audit }
`;

type Told = Extract<AuditEvent, { readonly kind: "signature" }>;

let gate: SmallGate;

async function told(): Promise<readonly (readonly [Told["state"], Told["loss"]["cause"], string | undefined])[]> {
  const entries = await gate.gate.deps.ledger.journal(0, 500);
  return entries.flatMap(({ event }) => (event.kind === "signature" ? [[event.state, event.loss.cause, event.loss.actor] as const] : []));
}

async function signedImage(): Promise<{ readonly key: ImageKey; readonly image: Built; readonly signature: Built }> {
  const image = imageNamed("signed");
  const signature = signImage(gate.key, image.manifest, CREATED);
  await gate.attach(REPOSITORY, signature);
  const key = await gate.push(REPOSITORY, "1.0", image);
  await gate.drain();
  expect((await gate.record(key)).signed?.signatures).toHaveLength(1);
  return { key, image, signature };
}

let fault: "none" | "rate-limited" | "no-api" = "none";

beforeEach(async () => {
  fault = "none";
  gate = await startSmallGate(POLICY, "off", {
    around: async (request, registry) => {
      const isReferrers = new URL(request.url).pathname.includes("/referrers/");
      if (fault === "rate-limited" && isReferrers) return new Response(null, { status: 429 });
      if (fault === "no-api" && isReferrers) return Response.json({ errors: [] }, { status: 404 });
      return registry(request);
    },
  });
});
afterEach(() => gate.stop());

describe("T42 that an image was signed and is not any more is told", () => {
  test("once, with who deleted the signature, also where no rule asks for one; and that it is signed again", async () => {
    const { key, image, signature } = await signedImage();
    gate.loseEvents(true);
    await gate.remove(REPOSITORY, signature.manifest.digest);
    gate.loseEvents(false);
    await gate.announce({ action: "delete", repository: REPOSITORY, digest: signature.manifest.digest, actor: "mallory" });
    await gate.drain();
    expect(await told()).toEqual([["lost", "deleted", "mallory"]]);
    expect((await gate.record(key)).pushedBy).toBeUndefined();
    await gate.announce({ action: "push", repository: REPOSITORY, digest: key.digest, tag: "1.0" });
    await gate.drain();
    expect(await told()).toHaveLength(1);
    await gate.attach(REPOSITORY, signImage(gate.key, image.manifest, CREATED));
    await gate.drain();
    expect(await told()).toEqual([
      ["lost", "deleted", "mallory"],
      ["restored", "deleted", "mallory"],
    ]);
    expect((await gate.record(key)).signed).not.toHaveProperty("loss");
  });

  test.each([
    ["deleted a report", "delete"],
    ["attached another one", "push"],
  ] as const)("but nobody is named for it who only %s later, while the event of the deletion was lost", async (_, action) => {
    const { image, signature } = await signedImage();
    const report = attachReport({ image: "shop/api:1.0", subject: image.manifest, findings: [], scannedAt: CREATED });
    if (action === "delete") await gate.attach(REPOSITORY, report);
    await gate.drain();
    gate.loseEvents(true);
    await gate.remove(REPOSITORY, signature.manifest.digest);
    if (action === "delete") await gate.remove(REPOSITORY, report.manifest.digest);
    else await gate.attach(REPOSITORY, report);
    gate.loseEvents(false);
    await gate.announce({ action, repository: REPOSITORY, digest: report.manifest.digest, actor: "alice" });
    await gate.drain();
    expect(await told()).toEqual([["lost", "deleted", undefined]]);
  });

  test("with who deleted it in the older form, though the event names its digest and not its tag", async () => {
    const image = imageNamed("older and deleted");
    const older = legacySignature(gate.key, image.manifest);
    await gate.attach(REPOSITORY, older, fallbackTag(image.manifest, ".sig"));
    await gate.push(REPOSITORY, "1.0", image);
    await gate.drain();
    gate.loseEvents(true);
    await gate.remove(REPOSITORY, older.manifest.digest);
    gate.loseEvents(false);
    await gate.announce({ action: "delete", repository: REPOSITORY, digest: older.manifest.digest, actor: "mallory" });
    await gate.drain();
    expect(await told()).toEqual([["lost", "deleted", "mallory"]]);
  });

  test("where only the sweep finds the deletion", async () => {
    const { signature } = await signedImage();
    gate.loseEvents(true);
    await gate.remove(REPOSITORY, signature.manifest.digest);
    await gate.gate.operator.sweep();
    await gate.drain();
    expect(await told()).toEqual([["lost", "deleted", undefined]]);
  });

  test("where another content is put under the tag of an older signature", async () => {
    const image = imageNamed("older");
    const tag = fallbackTag(image.manifest, ".sig");
    await gate.attach(REPOSITORY, legacySignature(gate.key, image.manifest), tag);
    await gate.push(REPOSITORY, "1.0", image);
    await gate.drain();
    gate.loseEvents(true);
    const other = legacySignature(gate.key, imageNamed("another").manifest);
    await gate.attach(REPOSITORY, other, tag);
    gate.loseEvents(false);
    await gate.announce({ action: "push", repository: REPOSITORY, digest: other.manifest.digest, tag, actor: "mallory" });
    await gate.drain();
    expect(await told()).toEqual([["lost", "replaced", "mallory"]]);
  });

  test("where its signer is not trusted any more, and again when it is", async () => {
    await signedImage();
    await gate.changePolicy(POLICY.replace("trust: { keys: [{ name: release, file: release.pub }] }\n", ""));
    await gate.drain();
    expect(await told()).toEqual([["lost", "distrusted", undefined]]);
    await gate.changePolicy(POLICY);
    await gate.drain();
    expect((await told()).map(([state]) => state)).toEqual(["lost", "restored"]);
  });

  test("and its end where the image leaves the registry; one that comes back begins anew", async () => {
    const { key, image, signature } = await signedImage();
    await gate.remove(REPOSITORY, signature.manifest.digest);
    await gate.drain();
    await gate.remove(REPOSITORY, key.digest);
    await gate.drain();
    expect((await told()).map(([state]) => state)).toEqual(["lost", "ended"]);
    await gate.push(REPOSITORY, "1.0", image);
    await gate.drain();
    expect(await told()).toHaveLength(2);
  });

  test("where the list under the fallback tag names what is not there any more", async () => {
    fault = "no-api";
    const image = imageNamed("listed");
    const signature = signImage(gate.key, image.manifest, CREATED);
    await gate.attach(REPOSITORY, signature);
    await gate.attach(REPOSITORY, referrersList(signature), fallbackTag(image.manifest));
    await gate.push(REPOSITORY, "1.0", image);
    await gate.drain();
    await gate.remove(REPOSITORY, signature.manifest.digest);
    await gate.drain();
    expect(await told()).toEqual([["lost", "deleted", undefined]]);
  });
});

test("T62 nothing is told while the registry does not say what is attached, and nothing is taken to be gone", async () => {
  const { key } = await signedImage();
  fault = "rate-limited";
  await gate.announce({ action: "push", repository: REPOSITORY, digest: key.digest, tag: "1.0" });
  await gate.drain();
  expect((await gate.record(key)).evidence.signatures.kind).toBe("unavailable");
  expect(await told()).toEqual([]);
  expect((await gate.record(key)).attached).toHaveLength(1);
  fault = "none";
  await gate.announce({ action: "push", repository: REPOSITORY, digest: key.digest, tag: "1.0" });
  await gate.drain();
  expect(await told()).toEqual([]);
});

test("a signature that is moved to quarantine with its image, and back, is not lost", async () => {
  const { key } = await signedImage();
  await gate.gate.operator.hold({ image: key, actor: { name: "operator", reason: "to see" } });
  await gate.drain();
  await gate.gate.operator.release({ image: key, actor: { name: "operator", reason: "seen" } });
  await gate.drain();
  expect((await gate.record(key)).hold.kind).toBe("free");
  expect(await told()).toEqual([]);
});

test("whoever is stopped after the loss was written tells it once: the step is done again, and finds nothing new", async () => {
  const { key, signature } = await signedImage();
  const { deps } = gate.gate;
  await gate.remove(REPOSITORY, signature.manifest.digest);
  // As where the process ends just before it says that the work is done: the lease runs out, and somebody else takes it.
  for (let left = 2; left > 0; left--) {
    const [job] = await deps.queue.claim(1, deps.clock.now(), 1_000);
    if (job !== undefined) await admit(deps, readJudgeWork(job.payload), { queuedAt: job.queuedAt, now: deps.clock.now() });
  }
  expect(await told()).toHaveLength(1);
  gate.pass(2_000);
  expect(await gate.drain()).toBeGreaterThan(0);
  expect(await told()).toHaveLength(1);
  expect((await gate.record(key)).signed?.loss?.cause).toBe("deleted");
});

test("explain says that it was signed, by whom, and why it is not any more", async () => {
  const { key, signature } = await signedImage();
  await gate.remove(REPOSITORY, signature.manifest.digest);
  await gate.drain();
  const { notes } = explain(await gate.record(key), { policyFile: "policy.yaml", now: gate.gate.deps.clock.now() });
  expect(notes).toMatchObject([{ word: "not signed any more", place: signature.manifest.digest }]);
  expect(notes[0]?.message).toContain("release");
});
