import { afterEach, describe, expect, test } from "vitest";
import { type Built, buildReferrer } from "../../../functions/local/samples/image.ts";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { BRIEF_RETRY } from "../../../shared/runtime/retry.ts";
import { imageNamed, SIGNED_POLICY, type SmallGate, type SmallGateOptions, startSmallGate } from "../../fakes/small-gate.ts";
import { envelopeBy, type VerdictKey, verdictKey } from "../../fixtures/verdict-key.ts";
import { publicationsOf, VSA, verdictsOn } from "../../fixtures/verdict-reading.ts";

let gate: SmallGate;
let key: VerdictKey;
afterEach(() => gate.stop());

async function start(options: SmallGateOptions = {}): Promise<void> {
  key = verdictKey();
  gate = await startSmallGate(SIGNED_POLICY, "off", { verdicts: key.settings, ...options });
}

async function pushSigned(name: string, image: Built = imageNamed(name)): Promise<ImageKey> {
  await gate.attach("shop/api", signImage(gate.key, image.manifest, "2026-01-01T00:00:00Z"));
  return gate.push("shop/api", name, image);
}

function ownBundle({ privatePem }: VerdictKey, image: Built, padding: number): Built {
  const type = "application/vnd.dev.sigstore.bundle.v0.3+json";
  const statement = { _type: "https://in-toto.io/Statement/v1", subject: [subjectOf(image)], predicateType: VSA, predicate: {} };
  const material = { publicKey: { hint: "" } };
  const bundle = JSON.stringify({ mediaType: type, verificationMaterial: material, dsseEnvelope: envelopeBy(privatePem, statement) });
  return buildReferrer({
    subject: image.manifest,
    artifactType: type,
    layer: { mediaType: type, bytes: Buffer.from(bundle + " ".repeat(padding)) },
    annotations: {},
  });
}

function subjectOf({ manifest }: Built): object {
  return { digest: { sha256: manifest.digest.slice(7) } };
}

/** With the second look that follows each publication. */
async function settle(): Promise<void> {
  await gate.drain();
  gate.pass(11_000);
  await gate.drain();
}

describe("a registry that does not let the gate do what it must", () => {
  test("gets no verdict where nothing could be deleted, and the journal tells so", async () => {
    await start({
      around: async (request, registry) =>
        request.method === "DELETE" ? Response.json({ errors: [{ code: "UNSUPPORTED" }] }, { status: 405 }) : registry(request),
    });
    const image = await pushSigned("kept");
    await settle();
    expect(await verdictsOn(gate, image, key.publicPem)).toEqual([]);
    expect(await publicationsOf(gate, image)).toEqual(["attest planned", "attest failed"]);
    expect((await gate.record(image)).published).toMatchObject({ manifests: [], fault: { why: expect.stringContaining("UNSUPPORTED") } });
  });

  test("gets the bundle alone where its tags are immutable and somebody else has the shared one, which is told", async () => {
    await start({
      around: async (request, registry) =>
        request.method === "PUT" && request.url.endsWith(".att")
          ? Response.json({ errors: [{ code: "TAG_INVALID" }] }, { status: 400 })
          : registry(request),
    });
    const image = await pushSigned("immutable");
    await settle();
    expect(await verdictsOn(gate, image, key.publicPem)).toEqual(["bundle"]);
    expect((await gate.record(image)).published?.skipped).toEqual(["att"]);
    await settle();
    expect(await publicationsOf(gate, image)).toEqual(["attest planned", "attest done"]);
  });

  test("keeps what it does not let the gate take away and nothing else, which is told once and tried with each sweep", async () => {
    const image = imageNamed("stuck");
    const own = verdictKey({ isOn: false });
    const [stuck, free] = [0, 1].map((padding) => ownBundle(own, image, padding));
    let isStuck = true;
    await start({
      verdicts: own.settings,
      around: async (request, registry) =>
        isStuck && request.method === "DELETE" && request.url.endsWith(stuck?.manifest.digest ?? "")
          ? Response.json({ errors: [{ code: "DENIED" }] }, { status: 403 })
          : registry(request),
    });
    for (const bundle of [stuck, free]) if (bundle !== undefined) await gate.attach("shop/api", bundle);
    const pushed = await pushSigned("stuck", image);
    await settle();
    await gate.gate.operator.sweep();
    await settle();
    expect(await verdictsOn(gate, pushed, own.publicPem)).toEqual(["bundle"]);
    expect(await publicationsOf(gate, pushed)).toEqual(["withdraw planned", "withdraw failed"]);
    isStuck = false;
    await gate.gate.operator.sweep();
    await settle();
    expect(await verdictsOn(gate, pushed, own.publicPem)).toEqual([]);
    expect((await gate.record(pushed)).published).toBeUndefined();
  });

  test("cut off between the two forms, it is asked again, and ends with one of each", async () => {
    let cuts = BRIEF_RETRY.tries;
    const isCut = (request: Request): boolean => request.method === "PUT" && request.url.endsWith(".att") && cuts-- > 0;
    await start({ around: async (request, registry) => (isCut(request) ? new Response(null, { status: 500 }) : registry(request)) });
    const image = await pushSigned("cut");
    await gate.drain();
    gate.pass(60_000);
    await settle();
    expect(cuts).toBeLessThan(0);
    expect(await verdictsOn(gate, image, key.publicPem)).toEqual(["att", "bundle"]);
    const told = await publicationsOf(gate, image);
    expect([new Set(told), told.at(-1)]).toEqual([new Set(["attest planned", "attest done"]), "attest done"]);
  }, 30_000);
});

test("a crash between the last push and its outcome is healed by asking the registry: told, and not pushed again", async () => {
  await start();
  const image = await pushSigned("crashed");
  await settle();
  const { published, ...rest } = await gate.record(image);
  await gate.gate.deps.ledger.commit({ image: { ...rest, version: rest.version + 1 }, intents: [], outcomes: [], journal: [] });
  await gate.gate.operator.sweep();
  await settle();
  expect((await gate.record(image)).published?.manifests).toEqual(published?.manifests);
  expect(await publicationsOf(gate, image)).toEqual(["attest planned", "attest done", "attest done"]);
});

test("after it has been published an image is left in peace by sweeps", async () => {
  await start();
  await pushSigned("peace");
  await settle();
  await gate.gate.operator.sweep();
  await settle();
  const { queued, missed } = await gate.gate.operator.sweep();
  expect({ missed, published: queued < 4 }).toEqual({ missed: 0, published: true });
});
