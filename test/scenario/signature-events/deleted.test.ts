import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Built } from "../../../functions/local/samples/image.ts";
import { attachReport } from "../../../functions/local/samples/report.ts";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { imageNamed, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { fallbackTag, legacySignature, referrersList } from "../../fixtures/attachments.ts";

const CREATED = "2026-01-01T00:00:00Z";
// Nothing moves, so that what is asked of the registry is where it was put.
const POLICY = SIGNED_POLICY.replace("mode: enforce", "mode: dry-run");
const REPOSITORY = "shop/api";

/** No registry API for referrers: what is attached is known by the list under the fallback tag alone. */
const withoutApi = async (request: Request, registry: (request: Request) => Promise<Response>): Promise<Response> =>
  new URL(request.url).pathname.includes("/referrers/") ? Response.json({ errors: [] }, { status: 404 }) : registry(request);

let gate: SmallGate;

async function verdictOf(key: ImageKey): Promise<string | undefined> {
  return (await gate.record(key)).verdict?.kind;
}

/** An image that complies, and another one that has nothing to do with it. */
async function signedImage(attach: (image: Built) => Promise<void>): Promise<{ readonly key: ImageKey; readonly other: ImageKey }> {
  const image = imageNamed("signed");
  const other = imageNamed("other");
  await gate.attach(REPOSITORY, signImage(gate.key, other.manifest, CREATED));
  const key = await gate.push(REPOSITORY, "1.0", image);
  await attach(image);
  const keys = { key, other: await gate.push(REPOSITORY, "other", other) };
  await gate.drain();
  expect(await verdictOf(key)).toBe("compliant");
  return keys;
}

describe("in a registry that keeps referrers itself", () => {
  beforeEach(async () => {
    gate = await startSmallGate(POLICY);
  });
  afterEach(() => gate.stop());

  test("T42 a signature that is deleted by its digest has its image judged again, and that image alone", async () => {
    let signature = "";
    const { key, other } = await signedImage(async (image) => {
      const built = signImage(gate.key, image.manifest, CREATED);
      signature = built.manifest.digest;
      await gate.attach(REPOSITORY, built);
    });
    const before = await gate.record(other);
    await gate.remove(REPOSITORY, signature);
    // The event that names the signature, and the image.
    expect(await gate.drain()).toBe(2);
    expect(await verdictOf(key)).toBe("violating");
    expect(await gate.record(other)).toEqual(before);
  });

  test("so has a report: what nobody has scanned any more is not clean for what once was said", async () => {
    const image = imageNamed("scanned");
    const report = attachReport({ image: "shop/api:1.0", subject: image.manifest, findings: [], scannedAt: CREATED });
    await gate.attach(REPOSITORY, report);
    const key = await gate.push(REPOSITORY, "1.0", image);
    await gate.drain();
    expect((await gate.record(key)).evidence.findings.kind).toBe("reported");
    await gate.remove(REPOSITORY, report.manifest.digest);
    expect(await gate.drain()).toBe(2);
    expect((await gate.record(key)).evidence.findings.kind).toBe("absent");
  });

  test("the deletion of something that is attached to no image concerns none", async () => {
    const { key } = await signedImage((image) => gate.attach(REPOSITORY, signImage(gate.key, image.manifest, CREATED)));
    const before = await gate.record(key);
    const stray = signImage(gate.key, imageNamed("never pushed").manifest, CREATED);
    await gate.attach(REPOSITORY, stray);
    await gate.drain();
    await gate.remove(REPOSITORY, stray.manifest.digest);
    expect(await gate.drain()).toBe(1);
    expect(await gate.record(key)).toEqual(before);
  });

  test.each(["tag", "digest"] as const)(
    "a signature in the older form that is deleted by its %s has its image judged again",
    async (by) => {
      let reference = "";
      const { key } = await signedImage(async (image) => {
        const built = legacySignature(gate.key, image.manifest);
        reference = by === "tag" ? fallbackTag(image.manifest, ".sig") : built.manifest.digest;
        await gate.attach(REPOSITORY, built, fallbackTag(image.manifest, ".sig"));
      });
      await gate.remove(REPOSITORY, reference);
      await gate.drain();
      expect(await verdictOf(key)).toBe("violating");
    },
  );

  test("a deletion that no event told of is found by the next sweep, and only its image is judged again", async () => {
    let signature = "";
    const { key, other } = await signedImage(async (image) => {
      const built = signImage(gate.key, image.manifest, CREATED);
      signature = built.manifest.digest;
      await gate.attach(REPOSITORY, built);
    });
    const before = await gate.record(other);
    gate.loseEvents(true);
    await gate.remove(REPOSITORY, signature);
    expect(await gate.gate.operator.sweep()).toMatchObject({ missed: 1, queued: 1 });
    expect(await gate.drain()).toBe(1);
    expect(await verdictOf(key)).toBe("violating");
    expect(await gate.record(other)).toEqual(before);
    expect(await gate.gate.operator.sweep()).toMatchObject({ missed: 0, queued: 0 });
  });

  test("a signature that no event told of is found by the next sweep", async () => {
    const image = imageNamed("signed later");
    const key = await gate.push(REPOSITORY, "1.0", image);
    await gate.drain();
    expect(await verdictOf(key)).toBe("violating");
    gate.loseEvents(true);
    await gate.attach(REPOSITORY, signImage(gate.key, image.manifest, CREATED));
    expect(await gate.gate.operator.sweep()).toMatchObject({ missed: 1, queued: 1 });
    await gate.drain();
    expect(await verdictOf(key)).toBe("compliant");
  });

  test("what the sweep finds attached as it was is not judged again, in any form", async () => {
    await signedImage((image) => gate.attach(REPOSITORY, legacySignature(gate.key, image.manifest), fallbackTag(image.manifest, ".sig")));
    expect(await gate.gate.operator.sweep()).toMatchObject({ missed: 0, queued: 0 });
  });
});

describe("in a registry where the fallback tag lists what is attached", () => {
  beforeEach(async () => {
    gate = await startSmallGate(POLICY, "off", { around: withoutApi });
  });
  afterEach(() => gate.stop());

  async function listed(): Promise<{ readonly key: ImageKey; readonly tag: string; readonly signature: Built; readonly list: Built }> {
    const image = imageNamed("listed");
    const signature = signImage(gate.key, image.manifest, CREATED);
    const list = referrersList(signature);
    const tag = fallbackTag(image.manifest);
    const key = await gate.push(REPOSITORY, "1.0", image);
    await gate.attach(REPOSITORY, signature);
    await gate.attach(REPOSITORY, list, tag);
    await gate.drain();
    expect(await verdictOf(key)).toBe("compliant");
    return { key, tag, signature, list };
  }

  test.each(["tag", "digest"] as const)("a list that is deleted by its %s has the image judged again", async (by) => {
    const { key, tag, list } = await listed();
    await gate.remove(REPOSITORY, by === "tag" ? tag : list.manifest.digest);
    await gate.drain();
    expect(await verdictOf(key)).toBe("violating");
  });

  test("a list that names the signature no longer has the image judged again", async () => {
    const { key, tag } = await listed();
    await gate.attach(REPOSITORY, referrersList(), tag);
    await gate.drain();
    expect(await verdictOf(key)).toBe("violating");
  });

  test("a signature that is gone and still listed leaves open whether there is one: it may be on its way", async () => {
    const { key, signature } = await listed();
    await gate.remove(REPOSITORY, signature.manifest.digest);
    await gate.drain();
    expect(await verdictOf(key)).toBe("indeterminate");
  });

  test("a lost deletion of the list is found by the sweep", async () => {
    const { key, tag } = await listed();
    gate.loseEvents(true);
    await gate.remove(REPOSITORY, tag);
    await gate.gate.operator.sweep();
    await gate.drain();
    expect(await verdictOf(key)).toBe("violating");
  });
});

test("a signature that is deleted where a held image lies has the image judged again, and a released one is held once more", async () => {
  gate = await startSmallGate();
  try {
    const image = imageNamed("held");
    const key = await gate.push(REPOSITORY, "1.0", image);
    await gate.drain();
    const signature = signImage(gate.key, image.manifest, CREATED);
    await gate.attach(REPOSITORY, signature);
    await gate.drain();
    expect((await gate.record(key)).hold.kind).toBe("free");
    await gate.remove(REPOSITORY, signature.manifest.digest);
    await gate.drain();
    expect((await gate.record(key)).hold.kind).toBe("held");
  } finally {
    await gate.stop();
  }
});
