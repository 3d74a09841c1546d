import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Built, buildImage, buildIndex } from "../../functions/local/samples/image.ts";
import { parseRegistryHost, parseRepository, parseTag } from "../../shared/domain/image-ref.ts";
import { openClient } from "../../shared/oci/client.ts";
import { type ImageView, untilImage, verifyJournal } from "../running/gate.ts";
import { pull } from "../running/push.ts";
import { skopeo } from "./clients.ts";
import { signedWith, startWatchedWith, type Watched } from "./distribution.ts";
import { writeImageLayout } from "./layout.ts";
import { reportPods } from "./report-pods.ts";
import { type Cosign, cosignIn } from "./signers.ts";

/** Stories of enforcement, end to end: a real registry, real clients, a gate in a process of its own. */

const isHeld = ({ held }: ImageView): boolean => held;
const isFree = ({ held, verdict }: ImageView): boolean => !held && verdict === "compliant";

const dir = mkdtempSync(join(tmpdir(), "moorgate-enforcement-"));
let cosign: Cosign;
let watched: Watched;

beforeAll(async () => {
  cosign = await cosignIn(join(dir, "cosign"));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function open(level: string): Promise<void> {
  watched = await startWatchedWith({
    policy: signedWith(level),
    files: { "release.pub": cosign.publicKey },
    settings: "usage: { places: [{ name: east, maxAge: 1h }] }\nadmission: { unknown: warn }\nbrake: off\n",
  });
}

interface Journalled {
  readonly event: {
    readonly kind: string;
    readonly image?: { readonly digest: string };
    readonly action?: { readonly verb: string };
    readonly outcome?: { readonly kind: string; readonly notes?: readonly string[] };
  };
}

async function journalOf(digest: string, kind: string): Promise<readonly Journalled["event"][]> {
  const { entries } = await watched.gate.ask<{ entries: readonly Journalled[] }>("GET", "/api/v1/journal?limit=500");
  return entries.map(({ event }) => event).filter((event) => event.kind === kind && event.image?.digest === digest);
}

async function statuses(repository: string, references: readonly string[]): Promise<readonly number[]> {
  return Promise.all(references.map(async (reference) => (await pull(watched.registry, repository, reference)).status));
}

describe("a running image is found violating", () => {
  beforeAll(() => open("warn"));
  afterAll(() => watched.stop());

  async function mayStart(image: string): Promise<boolean> {
    const review = {
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      request: { uid: "1", object: { spec: { containers: [{ image }] } } },
    };
    const response = await fetch(`${watched.gate.url}/admission`, { method: "POST", body: JSON.stringify(review) });
    return ((await response.json()) as { readonly response: { readonly allowed: boolean } }).response.allowed;
  }

  test("it is given time and new deployments are refused; it is held when nothing runs it any more", async () => {
    const image = writeImageLayout(join(dir, "running"));
    const reference = `${watched.registry}/team/api@${image.digest}`;
    await skopeo.push(image, `${watched.registry}/team/api:v1`);
    await untilImage(watched.gate, image.digest, "let through", isFree);
    await reportPods(watched.gate, reference);
    expect(await mayStart(reference)).toBe(true);

    writeFileSync(join(watched.gate.dir, "policy.yaml"), signedWith("enforce"));
    await untilImage(watched.gate, image.digest, "given a deadline", (view) => view.verdict === "violating" && view.deadline !== undefined);
    expect(await skopeo.pull(reference, join(dir, "still-there"))).toBe(image.digest);
    expect(await mayStart(reference)).toBe(false);

    await reportPods(watched.gate);
    await untilImage(watched.gate, image.digest, "held", isHeld);
    expect(await statuses("team/api", ["v1", image.digest])).toEqual([404, 404]);
    expect(await journalOf(image.digest, "deadline")).toHaveLength(1);
    expect(await journalOf(image.digest, "acted")).toMatchObject([{ action: { verb: "hold" }, outcome: { kind: "applied" } }]);
  });
});

describe("images that share", () => {
  beforeAll(() => open("enforce"));
  afterAll(() => watched.stop());

  async function push(repository: string, { manifest, blobs }: Pick<Built, "manifest" | "blobs">, tag?: string): Promise<void> {
    const client = openClient({ host: parseRegistryHost(watched.registry), plainHttp: true, credentials: async () => undefined });
    const place = parseRepository(repository);
    for (const { digest, bytes } of blobs) await client.putBlob(place, { digest, size: bytes.length }, bytes);
    await client.putManifest(place, manifest.bytes, manifest.mediaType, tag === undefined ? manifest.digest : parseTag(tag));
  }

  test("a child that a compliant index shares stays with it, and goes only with the last index that has it", async () => {
    const [own, shared, other] = (["amd64", "arm64", "s390x"] as const).map((architecture) => {
      const platform = { os: "linux", architecture };
      return {
        platform,
        image: buildImage({ platform, created: "2026-01-01T00:00:00Z", files: [{ path: "name", content: architecture }], labels: {} }),
      };
    });
    if (own === undefined || shared === undefined || other === undefined) throw new Error("three images were built");
    const bad = { manifest: buildIndex([own, shared]), blobs: [] };
    const good = { manifest: buildIndex([shared, other]), blobs: [] };
    const all = [own, shared, other].map(({ image }) => image.manifest.digest);
    for (const { image } of [own, shared, other]) await push("team/shared", image);
    await push("team/shared", good, "good");
    await cosign.sign(`${watched.registry}/team/shared@${good.manifest.digest}`, "tag");
    await untilImage(watched.gate, good.manifest.digest, "compliant", isFree);
    const before = await Promise.all([...all, good.manifest.digest].map((reference) => pull(watched.registry, "team/shared", reference)));

    await push("team/shared", bad, "bad");
    await untilImage(watched.gate, bad.manifest.digest, "held", isHeld);
    expect(await statuses("team/shared", ["bad", bad.manifest.digest, ...all])).toEqual([404, 404, 404, 200, 200]);
    expect(await skopeo.pull(`${watched.registry}/team/shared:good`, join(dir, "good"))).toBe(good.manifest.digest);

    await watched.gate.ask("POST", "/api/v1/hold", { image: `${watched.registry}/team/shared:good`, reason: "both are out now" });
    expect(await statuses("team/shared", ["good", ...all])).toEqual([404, 404, 404, 404]);

    for (const digest of [good.manifest.digest, bad.manifest.digest])
      await watched.gate.ask("POST", "/api/v1/release", { image: `${watched.registry}/team/shared@${digest}`, reason: "back again" });
    const after = await Promise.all([...all, good.manifest.digest].map((reference) => pull(watched.registry, "team/shared", reference)));
    expect(after).toEqual(before);
    expect(await skopeo.pull(`${watched.registry}/team/shared:bad`, join(dir, "bad"))).toBe(bad.manifest.digest);
  });

  test("a tag that somebody moved while its image was held is left where it is, and that is said", async () => {
    const first = writeImageLayout(join(dir, "first"));
    const second = writeImageLayout(join(dir, "second"));
    await skopeo.push(first, `${watched.registry}/team/moved:v1`);
    await untilImage(watched.gate, first.digest, "held", isHeld);
    await cosign.sign(`${watched.registry}/team/moved@${second.digest}`, "tag");
    await skopeo.push(second, `${watched.registry}/team/moved:v1`);
    await untilImage(watched.gate, second.digest, "compliant", isFree);
    await cosign.sign(`${watched.registry}/team/moved@${first.digest}`, "tag");
    await untilImage(watched.gate, first.digest, "released", isFree);
    expect(await skopeo.digest(`${watched.registry}/team/moved:v1`)).toBe(second.digest);
    expect(await statuses("team/moved", [first.digest])).toEqual([200]);
    const notes = (await journalOf(first.digest, "acted")).flatMap(({ outcome }) => outcome?.notes ?? []);
    expect(notes).toContainEqual(expect.stringContaining("tag v1 went to another image since"));
  });

  test("afterwards nothing is parked and the journal is whole", async () => {
    const { queue } = await watched.gate.ask<{ queue: { parked: number } }>("GET", "/api/v1/status");
    expect(queue.parked).toBe(0);
    await watched.gate.process.end("SIGTERM");
    expect(await verifyJournal(watched.gate.dir)).toMatchObject({ code: 0 });
  });
});
