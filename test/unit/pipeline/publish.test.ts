import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Built, buildIndex } from "../../../functions/local/samples/image.ts";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import type { Referrer } from "../../../shared/ports/image-source.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { type VerdictKey, verdictKey } from "../../fixtures/verdict-key.ts";
import { publicationsOf, verdictsOn as readVerdicts } from "../../fixtures/verdict-reading.ts";

const CREATED = "2026-01-01T00:00:00Z";
const ACTOR = { name: "operator", reason: "because the test says so" };

/** No image of these tests keeps it. */
const NEVER = "  - { id: never, rule: image-age, maxAge: 1s }";

let key: VerdictKey;
let gate: SmallGate;

beforeEach(async () => {
  key = verdictKey();
  gate = await startSmallGate(SIGNED_POLICY, "off", { verdicts: key.settings });
});
afterEach(() => gate.stop());

async function pushSigned(name: string, image: Built = imageNamed(name)): Promise<ImageKey> {
  await gate.attach("shop/api", signImage(gate.key, image.manifest, CREATED));
  return gate.push("shop/api", name, image);
}

function indexOf(children: readonly Built[]): Built {
  const platforms = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
  const described = children.map((image, at) => ({ image, platform: platforms[at] ?? { os: "linux", architecture: "other" } }));
  return { manifest: buildIndex(described), blobs: [] };
}

const verdictsOn = (image: ImageKey): Promise<readonly string[]> => readVerdicts(gate, image, key.publicPem);
const eventsOf = (image: ImageKey): Promise<readonly string[]> => publicationsOf(gate, image);
const referrersOf = (image: ImageKey): Promise<readonly Referrer[]> => gate.client.referrers(image.repository, image.digest);

describe("a compliant image", () => {
  test("gets the gate's verdict in both forms, which our own verifier accepts", async () => {
    const image = await pushSigned("good");
    await gate.drain();
    expect(await verdictsOn(image)).toEqual(["att", "bundle"]);
    expect(await eventsOf(image)).toEqual(["attest planned", "attest done"]);
    const record = await gate.record(image);
    expect(record.published?.manifests).toHaveLength(2);
    expect(record.verdict?.kind).toBe("compliant");
  });

  test("is not published twice, however often it is judged and whatever events our own pushes make", async () => {
    const image = await pushSigned("twice");
    await gate.drain();
    const before = (await referrersOf(image)).map(({ manifest }) => manifest.digest);
    await gate.gate.operator.sweep();
    await gate.drain();
    expect((await referrersOf(image)).map(({ manifest }) => manifest.digest)).toEqual(before);
    expect(await eventsOf(image)).toHaveLength(2);
  });
});

describe("an index", () => {
  test("is published with each child that was judged, one statement for each; gone bad, none of them keeps it", async () => {
    const children = [imageNamed("multi", "amd64"), imageNamed("multi", "arm64")];
    const built = indexOf(children);
    for (const child of children) await gate.push("shop/api", undefined, child);
    const index = await pushSigned("multi", built);
    await gate.drain();
    const keys = [index, ...children.map((child) => ({ ...index, digest: child.manifest.digest }))];
    for (const each of keys) expect(await verdictsOn(each)).toEqual(["att", "bundle"]);
    await gate.changePolicy(SIGNED_POLICY.replace("rules:", `rules:\n${NEVER}`));
    await gate.drain();
    expect((await gate.record(index)).verdict?.kind).toBe("violating");
    await gate.gate.operator.release({ image: index, actor: ACTOR });
    await gate.drain();
    for (const each of keys) expect(await verdictsOn(each)).toEqual([]);
  });

  test("does not take the verdict from a child that another passing index names", async () => {
    const [shared, own] = [imageNamed("shared", "amd64"), imageNamed("own", "arm64")];
    for (const child of [shared, own]) await gate.push("shop/api", undefined, child);
    const good = await pushSigned("good", indexOf([shared]));
    const other = await pushSigned("other", indexOf([shared, own]));
    await gate.drain();
    await gate.gate.operator.hold({ image: other, actor: ACTOR });
    await gate.drain();
    expect(await verdictsOn({ ...good, digest: shared.manifest.digest })).toEqual(["att", "bundle"]);
    expect(await verdictsOn(good)).toEqual(["att", "bundle"]);
  });
});

describe("a pass", () => {
  test("goes with the image's compliance: nothing of it is left in the repository or where it is held", async () => {
    const image = await pushSigned("turned");
    await gate.drain();
    await gate.changePolicy(SIGNED_POLICY.replace("rules:", `rules:\n${NEVER}`));
    await gate.drain();
    expect((await gate.record(image)).hold.kind).toBe("held");
    expect((await gate.record(image)).published).toBeUndefined();
    await gate.gate.operator.release({ image, actor: ACTOR });
    await gate.drain();
    expect(await pull(gate, "shop/api", "turned")).toBeDefined();
    expect(await verdictsOn(image)).toEqual([]);
    expect(await eventsOf(image)).toEqual(["attest planned", "attest done", "withdraw planned", "withdraw done"]);
  });

  test("goes when the image is held by hand, and is said again when it is released", async () => {
    const image = await pushSigned("byhand");
    await gate.drain();
    await gate.gate.operator.hold({ image, actor: ACTOR });
    await gate.drain();
    expect((await gate.record(image)).published).toBeUndefined();
    await gate.gate.operator.release({ image, actor: ACTOR });
    await gate.drain();
    expect(await verdictsOn(image)).toEqual(["att", "bundle"]);
    expect(await gate.client.resolve(image.repository, image.digest)).toBe(image.digest);
  });

  test("is never said of an image that no rule is for", async () => {
    await gate.changePolicy(SIGNED_POLICY.replace("grace: 0s }", 'grace: 0s, select: { repository: ["other/**"] } }'));
    const image = await pushSigned("unasked");
    await gate.drain();
    expect((await gate.record(image)).verdict).toMatchObject({ kind: "compliant", appliedRules: [] });
    expect(await verdictsOn(image)).toEqual([]);
  });

  test("is not said in a dry run, and what was said before stays as it is", async () => {
    const before = await pushSigned("before");
    await gate.drain();
    await gate.changePolicy(SIGNED_POLICY.replace("mode: enforce", "mode: dry-run"));
    const after = await pushSigned("after");
    await gate.drain();
    expect(await verdictsOn(before)).toEqual(["att", "bundle"]);
    expect(await verdictsOn(after)).toEqual([]);
  });

  test("is said anew when it is older than its period, and the one before goes", async () => {
    const image = await pushSigned("aging");
    await gate.drain();
    const before = (await gate.record(image)).published;
    gate.pass(25 * 3_600_000);
    await gate.gate.operator.sweep();
    await gate.drain();
    const after = (await gate.record(image)).published;
    expect(await verdictsOn(image)).toEqual(["att", "bundle"]);
    expect(after?.at).toBeGreaterThan(before?.at ?? 0);
    expect(after?.manifests.some((manifest) => before?.manifests.includes(manifest))).toBe(false);
    for (const manifest of before?.manifests ?? []) expect(await gate.client.resolve(image.repository, manifest)).toBeUndefined();
  });

  test("survives a missing fact until its period is over, and no longer", async () => {
    const image = await pushSigned("scanned");
    await gate.drain();
    await gate.changePolicy(`${SIGNED_POLICY}  - { id: scanned, rule: severity-threshold, atLeast: critical }\n`);
    await gate.drain();
    expect((await gate.record(image)).verdict?.kind).toBe("indeterminate");
    expect(await verdictsOn(image)).toEqual(["att", "bundle"]);
    gate.pass(25 * 3_600_000);
    await gate.gate.operator.sweep();
    await gate.drain();
    expect(await verdictsOn(image)).toEqual([]);
  });

  test("goes when the image leaves the registry, so that nothing waits for the same bytes to come back", async () => {
    const image = await pushSigned("deleted");
    await gate.drain();
    await gate.client.deleteManifest(image.repository, image.digest);
    await gate.drain();
    expect((await gate.record(image)).presence).toBe("gone");
    expect(await verdictsOn(image)).toEqual([]);
  });
});
