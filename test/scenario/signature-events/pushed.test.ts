import { afterEach, describe, expect, test } from "vitest";
import type { Built } from "../../../functions/local/samples/image.ts";
import { makeSigningKey, signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { fallbackTag, legacySignature, referrersList } from "../../fixtures/attachments.ts";
import { verdictKey } from "../../fixtures/verdict-key.ts";
import { publicationsOf } from "../../fixtures/verdict-reading.ts";

const CREATED = "2026-01-01T00:00:00Z";
const REPOSITORY = "shop/api";
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const WITH_GRACE = SIGNED_POLICY.replace("grace: 0s", "grace: 30s");

type Answer = (request: Request, registry: (request: Request) => Promise<Response>) => Promise<Response>;
const asItIs: Answer = (request, registry) => registry(request);
const isReferrers = (request: Request): boolean => new URL(request.url).pathname.includes("/referrers/");
const withoutApi: Answer = async (request, registry) =>
  isReferrers(request) ? Response.json({ errors: [] }, { status: 404 }) : registry(request);
/** What is told before the index of referrers has caught up. */
const stale: Answer = async (request, registry) =>
  isReferrers(request)
    ? Response.json({ schemaVersion: 2, manifests: [] }, { headers: { "content-type": "application/vnd.oci.image.index.v1+json" } })
    : registry(request);

let gate: SmallGate;
let answering = asItIs;
afterEach(async () => {
  answering = asItIs;
  await gate.stop();
});

async function open(policy: string, more: Parameters<typeof startSmallGate>[2] = {}): Promise<void> {
  gate = await startSmallGate(policy, "off", { around: (request, registry) => answering(request, registry), ...more });
}

async function pushed(image: Built): Promise<ImageKey> {
  const key = await gate.push(REPOSITORY, "1.0", image);
  await gate.drain();
  return key;
}

async function verdictOf(key: ImageKey): Promise<string | undefined> {
  return (await gate.record(key)).verdict?.kind;
}

async function sign(image: Built): Promise<void> {
  await gate.attach(REPOSITORY, signImage(gate.key, image.manifest, CREATED));
}

async function acts(key: ImageKey): Promise<readonly string[]> {
  return (await gate.gate.deps.ledger.actions(key)).map(({ action }) => action.verb);
}

describe("T43 a signature comes after its image", () => {
  test("within the grace: the image was never held", async () => {
    await open(WITH_GRACE);
    const image = imageNamed("in time");
    const key = await pushed(image);
    expect(await verdictOf(key)).toBe("indeterminate");
    gate.pass(20 * SECOND);
    await sign(image);
    await gate.drain();
    expect(await verdictOf(key)).toBe("compliant");
    gate.pass(MINUTE);
    await gate.drain();
    expect(await acts(key)).toEqual([]);
  });

  test("after the grace: it is held when that ends, and released when the signature is there", async () => {
    await open(WITH_GRACE);
    const image = imageNamed("late");
    const key = await pushed(image);
    gate.pass(31 * SECOND);
    await gate.drain();
    expect(await acts(key)).toEqual(["hold"]);
    await sign(image);
    await gate.drain();
    expect(await acts(key)).toEqual(["release", "hold"]);
    expect(await pull(gate, REPOSITORY, "1.0")).toBeDefined();
  });

  test("never: it is held when the grace ends, with no event at all", async () => {
    await open(WITH_GRACE);
    const key = await pushed(imageNamed("never"));
    expect(await gate.drain()).toBe(0);
    gate.pass(31 * SECOND);
    await gate.drain();
    expect(await verdictOf(key)).toBe("violating");
    expect(await acts(key)).toEqual(["hold"]);
  });

  test.each([
    ["as a bundle", (image: Built) => [[signImage(gate.key, image.manifest, CREATED), undefined]] as const],
    ["under the older tag", (image: Built) => [[legacySignature(gate.key, image.manifest), fallbackTag(image.manifest, ".sig")]] as const],
  ])("%s, which judges it again, and no other image", async (_, made) => {
    await open(SIGNED_POLICY.replace("mode: enforce", "mode: dry-run"));
    const image = imageNamed("one");
    const key = await pushed(image);
    const other = await gate.push(REPOSITORY, "other", imageNamed("other"));
    await gate.drain();
    const before = await gate.record(other);
    for (const [signature, tag] of made(image)) await gate.attach(REPOSITORY, signature, tag);
    expect(await gate.drain()).toBe(2);
    expect(await verdictOf(key)).toBe("compliant");
    expect(await gate.record(other)).toEqual(before);
  });

  test("in the list under the fallback tag, where there is no API for referrers", async () => {
    answering = withoutApi;
    await open(SIGNED_POLICY.replace("mode: enforce", "mode: dry-run"));
    const image = imageNamed("listed");
    const key = await pushed(image);
    const signature = signImage(gate.key, image.manifest, CREATED);
    await gate.attach(REPOSITORY, signature);
    await gate.attach(REPOSITORY, referrersList(signature), fallbackTag(image.manifest));
    await gate.drain();
    expect(await verdictOf(key)).toBe("compliant");
  });
});

describe("T44 a list of referrers that lags behind", () => {
  test("within the grace holds nothing: the image is judged again when that ends, and has its signature then", async () => {
    await open(WITH_GRACE);
    const image = imageNamed("lagging");
    const key = await pushed(image);
    answering = stale;
    await sign(image);
    await gate.drain();
    expect(await verdictOf(key)).toBe("indeterminate");
    answering = asItIs;
    gate.pass(31 * SECOND);
    await gate.drain();
    expect(await verdictOf(key)).toBe("compliant");
    expect(await acts(key)).toEqual([]);
  });

  test.each(["enforce", "dry-run"])("beyond it is found by the next sweep, whether the image was held or not (%s)", async (mode) => {
    await open(SIGNED_POLICY.replace("mode: enforce", `mode: ${mode}`));
    const image = imageNamed("lagging for long");
    answering = stale;
    await sign(image);
    const key = await pushed(image);
    expect([await verdictOf(key), (await acts(key)).length]).toEqual(["violating", mode === "enforce" ? 1 : 0]);
    answering = asItIs;
    await gate.gate.operator.sweep();
    await gate.drain();
    expect(await verdictOf(key)).toBe("compliant");
    expect(await pull(gate, REPOSITORY, "1.0")).toBeDefined();
    await gate.gate.operator.sweep();
    await gate.drain();
    expect(await gate.gate.operator.sweep()).toMatchObject({ missed: 0, queued: 0 });
  });
});

describe.each([401, 403, 429, 503])("T62 T64 a registry that gives the image and answers %i for what is attached", (status) => {
  test("leaves open whether it is signed; it is asked again, and nothing is held meanwhile", { timeout: 30_000 }, async () => {
    await open(SIGNED_POLICY);
    const image = imageNamed("unknown");
    await sign(image);
    answering = async (request, registry) => (isReferrers(request) ? new Response(null, { status }) : registry(request));
    const key = await pushed(image);
    expect(await verdictOf(key)).toBe("indeterminate");
    expect(await acts(key)).toEqual([]);
    answering = asItIs;
    gate.pass(31 * MINUTE);
    await gate.drain();
    expect(await verdictOf(key)).toBe("compliant");
  });
});

describe.each([
  ["keeps referrers itself", asItIs],
  ["lists them under the fallback tag", withoutApi],
])("T71 in a registry that %s and tells everybody's pushes alike", (_, answer) => {
  async function published(): Promise<ImageKey> {
    answering = answer;
    await open(SIGNED_POLICY, { isNameless: true, verdicts: verdictKey().settings });
    const image = imageNamed("published");
    const signature = signImage(gate.key, image.manifest, CREATED);
    await gate.attach(REPOSITORY, signature);
    await gate.attach(REPOSITORY, referrersList(signature), fallbackTag(image.manifest));
    const key = await pushed(image);
    expect(await publicationsOf(gate, key)).toEqual(["attest planned", "attest done"]);
    return key;
  }

  test("what the gate put beside an image makes no loop: it is looked at once more, and nothing is written again", async () => {
    const key = await published();
    for (let round = 0; round < 3; round++) {
      gate.pass(MINUTE);
      await gate.drain();
    }
    expect(await gate.gate.deps.queue.nextAt()).toBeUndefined();
    expect(await publicationsOf(gate, key)).toHaveLength(2);
    const { version } = await gate.record(key);
    expect(await gate.gate.operator.sweep()).toMatchObject({ missed: 0, queued: 0 });
    expect((await gate.record(key)).version).toBe(version);
  });

  test("somebody else's attestation of the same form has the image judged again", async () => {
    const key = await published();
    gate.pass(MINUTE);
    await gate.drain();
    const strangers = signImage(makeSigningKey(), imageNamed("published").manifest, CREATED);
    const older = legacySignature(makeSigningKey(), imageNamed("published").manifest);
    await gate.attach(REPOSITORY, strangers);
    await gate.attach(REPOSITORY, older, fallbackTag(imageNamed("published").manifest, ".sig"));
    expect(await gate.drain()).toBeGreaterThan(1);
    expect((await gate.record(key)).attached).toContain(older.manifest.digest);
    expect(await verdictOf(key)).toBe("compliant");
  });
});

describe("T75 a runnable image that hides behind a name or a list, and that no event announced, is found by the sweep", () => {
  test.each([
    ["under the tag of an older signature", (evil: Built) => evil, ".sig"],
    ["under the tag of an older attestation", (evil: Built) => evil, ".att"],
    ["as the only entry of a list of referrers", (evil: Built) => referrersList(evil), ""],
  ])("%s", async (_, placed, suffix) => {
    await open(SIGNED_POLICY.replace("mode: enforce", "mode: dry-run"));
    const victim = imageNamed("victim");
    await sign(victim);
    const signed = await pushed(victim);
    gate.loseEvents(true);
    const evil = imageNamed("evil");
    await gate.attach(REPOSITORY, evil);
    await gate.attach(REPOSITORY, placed(evil), fallbackTag(victim.manifest, suffix));
    // Judged again for another reason, the victim has seen what lies under that tag.
    await gate.announce({ action: "push", repository: REPOSITORY, digest: signed.digest, tag: "1.0" });
    await gate.drain();
    await gate.gate.operator.sweep();
    await gate.drain();
    const hidden = { ...signed, digest: placed(evil).manifest.digest };
    expect(await verdictOf(hidden)).toBe("violating");
    expect(await verdictOf(signed)).toBe("compliant");
  });
});
