import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildIndex } from "../../../functions/local/samples/image.ts";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { instant, parseDuration } from "../../../shared/domain/time.ts";
import { admit } from "../../../shared/pipeline/admit.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

/** Two indexes share a platform; one violates, and the hold of it is planned when the gate does not know the other yet. */

const SHARED = imageNamed("shared");
const [PART, GOOD, BAD] = [
  SHARED.manifest.digest,
  buildIndex([{ image: SHARED, platform: { os: "linux", architecture: "amd64" } }]),
  buildIndex([{ image: SHARED, platform: { os: "linux", architecture: "arm64" } }]),
];

let gate: SmallGate;
let good: ImageKey;
let bad: ImageKey;
/** Comes between: right before the gate asks this of its registry, once. */
let before: { readonly asks: string; readonly happens: () => Promise<void> } | undefined;

beforeEach(async () => {
  before = undefined;
  const around = async (request: Request, registry: (request: Request) => Promise<Response>): Promise<Response> => {
    const due = before;
    if (due?.asks === `${request.method} ${new URL(request.url).pathname}`) {
      before = undefined;
      await due.happens();
    }
    return registry(request);
  };
  gate = await startSmallGate(SIGNED_POLICY, "off", { around });
  gate.loseEvents(true);
  await gate.push("shop/api", undefined, SHARED);
  await gate.attach("shop/api", signImage(gate.key, GOOD, "2026-01-01T00:00:00Z"));
  good = await gate.push("shop/api", undefined, { manifest: GOOD, blobs: [] });
  bad = await gate.push("shop/api", "2.0", { manifest: BAD, blobs: [] });
});
afterEach(() => gate.stop());

/** What has no tag waits for an index that may name it. */
const LONG_AGO = parseDuration("1h");

async function look(image: ImageKey): Promise<void> {
  const { deps } = gate.gate;
  const now = deps.clock.now();
  const queuedAt = instant(now - LONG_AGO);
  expect(await admit(deps, { ...image, origin: "event" }, { queuedAt, now })).toEqual({ kind: "done" });
}

/** What is so when all work is done: by the ledger, and for whoever pulls. */
async function inTheEnd(): Promise<object> {
  await gate.drain();
  const [held, free] = [await gate.record(bad), await gate.record(good)];
  const pulls = await Promise.all(["2.0", good.digest, PART].map((reference) => pull(gate, "shop/api", reference)));
  return {
    holds: [held.hold.kind, free.hold.kind],
    verdict: free.verdict?.kind,
    pulls: pulls.map((bytes) => bytes !== undefined),
    left: before,
  };
}

const WHOLE = { holds: ["held", "free"], verdict: "compliant", pulls: [false, true, true], left: undefined };

describe("an index that complies gets back the platform that it shares", () => {
  test("where it was judged between the plan of the other's hold and its intent", async () => {
    before = { asks: `HEAD /v2/shop/api/manifests/${PART}`, happens: () => look(good) };
    await look(bad);
    expect(await inTheEnd()).toEqual(WHOLE);
  });

  test("where it was judged while the other was being moved", async () => {
    before = { asks: `DELETE /v2/shop/api/manifests/${bad.digest}`, happens: () => look(good) };
    await look(bad);
    expect(await inTheEnd()).toEqual(WHOLE);
  });

  test("where it was looked at before, and written down when the other was held", async () => {
    before = { asks: `GET /v2/shop/api/referrers/${PART}`, happens: () => look(bad) };
    await look(good);
    expect(await inTheEnd()).toEqual(WHOLE);
  });

  test("where it was told of when the other was held long", async () => {
    await look(bad);
    expect(await pull(gate, "shop/api", PART)).toBeUndefined();
    await look(good);
    expect(await inTheEnd()).toEqual(WHOLE);
  });
});
