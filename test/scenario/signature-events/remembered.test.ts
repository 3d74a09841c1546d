import { afterEach, beforeEach, expect, test } from "vitest";
import { makeSigningKey, signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { imageNamed, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

const CREATED = "2026-01-01T00:00:00Z";
const REPOSITORY = "shop/api";

let gate: SmallGate;
let key: ImageKey;
/** Digest of the signature's only content: how often it was read tells how often it was verified. */
let content = "";
let reads = 0;

beforeEach(async () => {
  reads = 0;
  gate = await startSmallGate(SIGNED_POLICY.replace("mode: enforce", "mode: dry-run"), "off", {
    around: async (request, registry) => {
      if (request.url.endsWith(`/blobs/${content}`)) reads += 1;
      return registry(request);
    },
  });
  const image = imageNamed("signed");
  const signature = signImage(gate.key, image.manifest, CREATED);
  content = signature.blobs.at(-1)?.digest ?? "";
  await gate.attach(REPOSITORY, signature);
  key = await gate.push(REPOSITORY, "1.0", image);
  await gate.drain();
});
afterEach(() => gate.stop());

async function judgedAgain(): Promise<{ readonly reads: number; readonly verdict: string | undefined }> {
  const before = reads;
  await gate.announce({ action: "push", repository: REPOSITORY, digest: key.digest, tag: "1.0" });
  await gate.drain();
  return { reads: reads - before, verdict: (await gate.record(key)).verdict?.kind };
}

test("a signature that was verified is not verified again while nothing has changed, and is after an hour", async () => {
  expect(reads).toBeGreaterThan(0);
  expect(await judgedAgain()).toEqual({ reads: 0, verdict: "compliant" });
  gate.pass(3_600_000);
  expect(await judgedAgain()).toMatchObject({ verdict: "compliant" });
  expect(reads).toBeGreaterThan(1);
});

test("another key under the same name and file is another trust: the signature is verified anew, and does not count", async () => {
  await gate.changeFile("release.pub", makeSigningKey().publicPem);
  await gate.drain();
  expect((await gate.record(key)).verdict?.kind).toBe("violating");
  await gate.changeFile("release.pub", gate.key.publicPem);
  await gate.drain();
  expect((await gate.record(key)).verdict?.kind).toBe("compliant");
});

test("what was remembered of a signature does not outlive it", async () => {
  const signature = signImage(gate.key, imageNamed("signed").manifest, CREATED);
  await gate.attach(REPOSITORY, signature);
  await gate.drain();
  const { attached = [] } = await gate.record(key);
  for (const digest of attached) await gate.remove(REPOSITORY, digest);
  await gate.drain();
  expect((await gate.record(key)).verdict?.kind).toBe("violating");
});
