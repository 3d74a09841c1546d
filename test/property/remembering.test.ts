import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SignatureFact } from "../../shared/domain/evidence.ts";
import type { Manifest } from "../../shared/domain/manifest.ts";
import { type Instant, parseDuration } from "../../shared/domain/time.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { SignatureVerifier, VerifyRequest } from "../../shared/ports/signature-verifier.ts";
import { remembering } from "../../shared/signatures/remember.ts";
import { at, digestOf, keyOf, NOW } from "../fixtures/records.ts";

const HOUR = 3_600_000;
/** An answer about revocation holds as long. */
const ANSWER = HOUR / 3;

/** A signature as the model below judges it. */
interface Model {
  readonly name: string;
  readonly key: string;
  readonly from: number;
  readonly until: number;
  /** Whether it is broken in itself: nobody can read it. */
  readonly isBroken: boolean;
}

/** What the world looks like apart from the request: who is revoked since when, and whether the registry answers. */
interface World {
  readonly revokedAt: number;
  isAway: boolean;
}

/** Judges as real formats do, by the bytes (here the name), the trust, the time and what is told about revocation. */
function modelOf(models: readonly Model[], world: World, calls: { count: number }): SignatureVerifier {
  const judge = ({ name, key, from, until, isBroken }: Model, now: Instant, keys: readonly string[]): SignatureFact => {
    const fact = { format: "cosign", place: name, detail: "" } as const;
    if (isBroken) return { ...fact, code: "malformed" };
    if (!keys.includes(key)) return { ...fact, code: "signature-invalid" };
    if (now < at(from)) return { ...fact, code: "not-yet-valid" };
    if (now >= at(until)) return { ...fact, code: "expired" };
    const asked = Math.floor((now - NOW) / ANSWER) * ANSWER;
    const goodUntil = at(Math.min(until, asked + ANSWER));
    if (asked >= world.revokedAt && key === "a") return { ...fact, code: "revoked", goodUntil };
    return { ...fact, code: "ok", identity: key, goodUntil };
  };
  return {
    id: "model",
    reads: "referrers",
    async verify({ referrers, trust, now }) {
      calls.count += 1;
      if (world.isAway) throw new AdapterError("unreachable", "the registry is away");
      const keys = trust.keys.map(({ pem }) => pem);
      const found = referrers.map(({ referrer }) => referrer.manifest.digest);
      return models.filter(({ name }) => found.includes(digestOf(name))).map((model) => judge(model, now, keys));
    },
  };
}

const NAMES = ["s1", "s2", "s3", "s4"];
const model = (name: string): fc.Arbitrary<Model> =>
  fc.record({
    name: fc.constant(name),
    key: fc.constantFrom("a", "b"),
    from: fc.integer({ min: -4 * HOUR, max: HOUR }),
    until: fc.integer({ min: 0, max: 6 * HOUR }),
    isBroken: fc.nat({ max: 7 }).map((number) => number === 0),
  });

type Step =
  | { readonly kind: "attached" | "removed"; readonly name: string }
  | { readonly kind: "trust"; readonly keys: readonly string[] }
  | { readonly kind: "pass"; readonly milliseconds: number }
  | { readonly kind: "away" | "back" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("attached" as const, "removed" as const), name: fc.constantFrom(...NAMES) }),
  fc.record({ kind: fc.constant("trust" as const), keys: fc.subarray(["a", "b"]) }),
  fc.record({ kind: fc.constant("pass" as const), milliseconds: fc.integer({ min: -HOUR / 8, max: HOUR / 2 }) }),
  fc.record({ kind: fc.constantFrom("away" as const, "back" as const) }),
);

function manifestOf(name: string): Manifest {
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf("config"), size: 2 };
  return { kind: "manifest", digest: digestOf(name), mediaType: "m", bytes: new Uint8Array(), annotations: {}, config, layers: [] };
}

function requestOf(attached: readonly string[], keys: readonly string[], now: Instant, more: Partial<VerifyRequest> = {}): VerifyRequest {
  const image = keyOf("image");
  const referrers = attached.map((name) => ({ repository: image.repository, referrer: { manifest: manifestOf(name) } }));
  const trust = { keys: keys.map((pem) => ({ name: pem, pem, hash: "sha256" as const })) };
  return { image, source: {} as VerifyRequest["source"], referrers, trust, now, ...more };
}

async function outcome(verifier: SignatureVerifier, request: VerifyRequest): Promise<unknown> {
  return verifier.verify(request).catch((error: unknown) => error);
}

test("through any history of signatures, trust and time it answers what the verifier itself would answer", async () => {
  const limits = { answers: 3, characters: 4_000, longest: parseDuration("1h") };
  let saved = 0;
  const history = fc.record({
    models: fc.tuple(...NAMES.map(model)),
    revokedAt: fc.integer({ min: 0, max: 4 * HOUR }),
    steps: fc.array(step, { minLength: 5, maxLength: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(history, async ({ models, revokedAt, steps }) => {
      const world: World = { revokedAt, isAway: false };
      const calls = { count: 0 };
      const bare = modelOf(models, world, { count: 0 });
      const kept = remembering(modelOf(models, world, calls), limits);
      let attached: readonly string[] = [];
      let keys: readonly string[] = ["a"];
      let now: Instant = NOW;
      for (const each of steps) {
        if (each.kind === "attached") attached = [...new Set([...attached, each.name])];
        if (each.kind === "removed") attached = attached.filter((name) => name !== each.name);
        if (each.kind === "trust") keys = each.keys;
        if (each.kind === "pass") now = at(Math.max(0, now - NOW + each.milliseconds));
        if (each.kind === "away" || each.kind === "back") world.isAway = each.kind === "away";
        const request = requestOf(attached, keys, now);
        const wasAway = world.isAway;
        const given = await outcome(kept, request);
        // What is known of content that cannot change does not need the registry.
        world.isAway = wasAway && given instanceof AdapterError;
        expect(given).toEqual(await outcome(bare, request));
        world.isAway = wasAway;
      }
      saved += steps.length - calls.count;
    }),
    { numRuns: 500 },
  );
  // A cache that keeps nothing would pass all of the above.
  expect(saved).toBeGreaterThan(300);
});

describe("an answer is kept", () => {
  const good: Model = { name: "s1", key: "a", from: 0, until: 100 * HOUR, isBroken: false };
  const quiet: World = { revokedAt: Number.POSITIVE_INFINITY, isAway: false };

  async function asks(requests: readonly VerifyRequest[], models = [good]): Promise<number> {
    const calls = { count: 0 };
    const kept = remembering(modelOf(models, quiet, calls));
    for (const request of requests) await kept.verify(request);
    return calls.count;
  }

  const first = requestOf(["s1"], ["a"], NOW);

  test("for the same question in the same words", async () => {
    expect(await asks([first, requestOf(["s1"], ["a"], at(1)), { ...first, trust: structuredClone(first.trust) }])).toBe(1);
  });

  const tagged = [
    { repository: first.image.repository, referrer: { ...first.referrers[0]?.referrer, manifest: manifestOf("s1"), tag: "x" as never } },
  ];
  test.each<readonly [string, Partial<VerifyRequest>]>([
    ["another image", { image: keyOf("other") }],
    ["another repository, for which other signers may count", { image: keyOf("image", "shop/web") }],
    ["another registry", { image: keyOf("image", "shop/api", "other.example") }],
    ["a signature more", { referrers: requestOf(["s1", "s2"], ["a"], NOW).referrers }],
    ["the same under a tag", { referrers: tagged }],
    ["a list beside it", { referrers: first.referrers.map((each) => ({ ...each, referrer: { ...each.referrer, list: listOf("s1") } })) }],
    ["a key more", { trust: requestOf([], ["a", "b"], NOW).trust }],
    ["another text of a root", { trust: { ...first.trust, sigstore: [{ name: "s", root: "{}" }] } }],
    [
      "another certificate in a store",
      { trust: { ...first.trust, notation: { name: "n", policy: "{}", stores: { "ca:a": [new Uint8Array([1])] } } } },
    ],
    ["an attestation asked for", { trust: { ...first.trust, predicateType: "https://slsa.dev/provenance/v1" } }],
    ["annotations demanded", { trust: { ...first.trust, annotations: { env: "prod" } } }],
    ["somebody to ask about revocation", { revocation: { ask: () => Promise.reject(new Error("not asked")) } }],
    ["an hour later", { now: at(HOUR) }],
    ["an earlier time", { now: at(-1) }],
  ])("and not for %s", async (_, change) => {
    expect(await asks([first, { ...first, ...change }])).toBe(2);
  });

  test.each<readonly [string, Model]>([
    ["what cannot be read", { ...good, isBroken: true }],
    ["what is not good yet", { ...good, from: 2 * HOUR }],
  ])("and not for %s", async (_, bad) => {
    expect(await asks([first, first], [bad])).toBe(2);
  });

  test("and not where nothing is attached: what a list names and does not have would not show", async () => {
    const nothing = requestOf([], ["a"], NOW);
    expect(await asks([nothing, nothing])).toBe(2);
  });

  test("as long as there is room; those that were not asked for longest go first", async () => {
    const calls = { count: 0 };
    const limits = { answers: 2, characters: 1_000_000, longest: parseDuration("1h") };
    const kept = remembering(modelOf([good], quiet, calls), limits);
    const ask = async (name: string): Promise<void> => void (await kept.verify({ ...first, image: keyOf(name) }));
    for (const name of ["a", "b", "a", "c"]) await ask(name);
    expect(calls.count).toBe(3);
    await ask("a");
    expect(calls.count).toBe(3);
    await ask("b");
    expect(calls.count).toBe(4);
  });

  test("never beyond the room that it may take", async () => {
    const calls = { count: 0 };
    const kept = remembering(modelOf([good], quiet, calls), { answers: 100, characters: 10, longest: parseDuration("1h") });
    await kept.verify(first);
    await kept.verify(first);
    expect(calls.count).toBe(2);
  });
});

function listOf(name: string): Extract<Manifest, { readonly kind: "index" }> {
  const entry = { mediaType: "m", digest: digestOf(name), size: 1 };
  return { kind: "index", digest: digestOf("list"), mediaType: "m", bytes: new Uint8Array(), annotations: {}, manifests: [entry] };
}
