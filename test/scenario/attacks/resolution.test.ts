import { afterEach, describe, expect, test } from "vitest";
import { type Built, buildIndex, type Content } from "../../../functions/local/samples/image.ts";
import { signImage } from "../../../functions/local/samples/sign.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, type SmallGateOptions, startSmallGate } from "../../fakes/small-gate.ts";
import { contentOf, described, fallbackTag } from "../../fixtures/attachments.ts";

const CREATED = "2026-01-01T00:00:00Z";
const REPOSITORY = "shop/api";
const UNTAGGED_AT_ONCE = SIGNED_POLICY.replace("grace: 0s", "grace: 0s, untaggedGrace: 0s");

let gate: SmallGate;
afterEach(() => gate.stop());

async function open(policy = UNTAGGED_AT_ONCE, options: SmallGateOptions = {}): Promise<void> {
  gate = await startSmallGate(policy, "off", options);
}

const sign = (content: Content): Promise<void> => gate.attach(REPOSITORY, signImage(gate.key, content, CREATED));
const verdictOf = async (content: Content): Promise<string | undefined> => {
  const [record] = [await gate.gate.deps.ledger.image({ ...(await keyOf(content)) })];
  return record?.verdict?.kind;
};

async function keyOf({ digest }: Content): Promise<Parameters<SmallGate["record"]>[0]> {
  const { registry, repository } = await gate.push("other/app", undefined, imageNamed("for its key"));
  return { registry, repository: repository.replace("other/app", REPOSITORY) as typeof repository, digest };
}

/** An index of two platforms; children are pushed first, as every client does. */
async function pushIndex(children: readonly Built[], more: readonly object[] = [], tag = "1.0"): Promise<Content> {
  for (const child of children) await gate.attach(REPOSITORY, child);
  const manifests = [
    ...children.map(({ manifest }) => ({ ...described(manifest), platform: { os: "linux", architecture: "amd64" } })),
    ...more,
  ];
  const index = contentOf(OCI_INDEX, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })));
  await gate.push(REPOSITORY, tag, { manifest: index, blobs: [] });
  return index;
}

describe("T01 a tag that moves while its image is judged", () => {
  test("has the image held that was judged, and not the one that it names now", async () => {
    const [first, second] = [imageNamed("first"), imageNamed("second")];
    let isMoved = false;
    await open(UNTAGGED_AT_ONCE, {
      async around(request, registry) {
        // The gate has read the image and asks for its signatures: now the tag is moved to a signed one.
        if (request.url.includes(`/referrers/${first.manifest.digest}`) && !isMoved) {
          isMoved = true;
          await sign(second.manifest);
          await gate.push(REPOSITORY, "1.0", second);
        }
        return registry(request);
      },
    });
    const key = await gate.push(REPOSITORY, "1.0", first);
    await gate.drain();
    expect(isMoved).toBe(true);
    expect((await gate.record(key)).verdict?.kind).toBe("violating");
    expect(await pull(gate, REPOSITORY, first.manifest.digest)).toBeUndefined();
    expect(await pull(gate, REPOSITORY, "1.0")).toEqual(new Uint8Array(second.manifest.bytes));
  });

  test("is read by the digest that it had, whatever a GET by tag would give", async () => {
    const [first, second] = [imageNamed("first"), imageNamed("second")];
    const asked: string[] = [];
    await open(UNTAGGED_AT_ONCE, {
      around(request, registry) {
        asked.push(`${request.method} ${new URL(request.url).pathname}`);
        const isByTag = request.method === "GET" && request.url.endsWith("/manifests/1.0");
        return registry(isByTag ? new Request(request.url.replace("1.0", second.manifest.digest), request) : request);
      },
    });
    await gate.attach(REPOSITORY, second);
    await sign(second.manifest);
    const key = await gate.push(REPOSITORY, "1.0", first);
    await gate.drain();
    expect((await gate.record(key)).verdict?.kind).toBe("violating");
    expect(asked.filter((each) => each === `GET /v2/${REPOSITORY}/manifests/1.0`)).toEqual([]);
  });
});

describe("an index", () => {
  test("T02 that is signed vouches for the children that its bytes name, and for no other image", async () => {
    await open();
    const [child, stray] = [imageNamed("child"), imageNamed("stray")];
    const index = buildIndex([{ image: child, platform: { os: "linux", architecture: "amd64" } }]);
    await gate.attach(REPOSITORY, child);
    await sign(index);
    await gate.push(REPOSITORY, "1.0", { manifest: index, blobs: [] });
    const outside = await gate.push(REPOSITORY, undefined, stray);
    await gate.drain();
    gate.pass(60_000);
    await gate.drain();
    expect(await verdictOf(index)).toBe("compliant");
    expect(await pull(gate, REPOSITORY, child.manifest.digest)).toBeDefined();
    expect((await gate.record(outside)).verdict?.kind).toBe("violating");
    expect(await pull(gate, REPOSITORY, stray.manifest.digest)).toBeUndefined();
  });

  test("T02 that no longer names a child vouches for it no more", async () => {
    await open();
    const [child, other] = [imageNamed("child"), imageNamed("other")];
    const with_ = buildIndex([{ image: child, platform: { os: "linux", architecture: "amd64" } }]);
    const without = buildIndex([{ image: other, platform: { os: "linux", architecture: "amd64" } }]);
    for (const each of [child, other]) await gate.attach(REPOSITORY, each);
    for (const each of [with_, without]) await sign(each);
    await gate.push(REPOSITORY, "1.0", { manifest: without, blobs: [] });
    const key = await gate.push(REPOSITORY, "child", child);
    await gate.drain();
    expect((await gate.record(key)).verdict?.kind).toBe("violating");
  });

  test("T02 that came long after its child has the child left alone", async () => {
    await open(SIGNED_POLICY);
    const child = imageNamed("child");
    const key = await gate.push(REPOSITORY, undefined, child);
    await gate.drain();
    gate.pass(60_000);
    await gate.drain();
    expect((await gate.record(key)).verdict?.kind).toBe("indeterminate");
    const index = buildIndex([{ image: child, platform: { os: "linux", architecture: "amd64" } }]);
    await sign(index);
    await gate.push(REPOSITORY, "1.0", { manifest: index, blobs: [] });
    await gate.drain();
    gate.pass(3_600_000);
    await gate.drain();
    expect(await verdictOf(index)).toBe("compliant");
    expect(await pull(gate, REPOSITORY, child.manifest.digest)).toBeDefined();
  });

  test("T02 that is gone vouches for nothing", async () => {
    await open();
    const child = imageNamed("child");
    const index = await pushIndex([child]);
    await sign(index);
    await gate.drain();
    expect(await verdictOf(index)).toBe("compliant");
    await gate.remove(REPOSITORY, index.digest);
    await gate.drain();
    await gate.announce({ action: "push", repository: REPOSITORY, digest: child.manifest.digest });
    await gate.drain();
    gate.pass(60_000);
    await gate.drain();
    expect(await verdictOf(child.manifest)).toBe("violating");
    expect(await pull(gate, REPOSITORY, child.manifest.digest)).toBeUndefined();
  });

  test("T03 whose child alone is signed is unsigned", async () => {
    await open();
    const child = imageNamed("child");
    await sign(child.manifest);
    const index = await pushIndex([child]);
    await gate.drain();
    expect(await verdictOf(index)).toBe("violating");
    expect(await pull(gate, REPOSITORY, "1.0")).toBeUndefined();
  });

  test("T04 that is signed needs no signature of its platforms, its nested index or its build's attestations", async () => {
    await open();
    const [child, second, inner] = [imageNamed("child"), imageNamed("second", "arm64"), imageNamed("inner")];
    const nested = buildIndex([{ image: inner, platform: { os: "linux", architecture: "riscv64" } }]);
    const attestation = imageNamed("attestation of the build");
    await gate.attach(REPOSITORY, inner);
    await gate.attach(REPOSITORY, { manifest: nested, blobs: [] });
    await gate.attach(REPOSITORY, attestation);
    const annotations = { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": child.manifest.digest };
    const index = await pushIndex(
      [child, second],
      [described(nested), { ...described(attestation.manifest), platform: { os: "unknown", architecture: "unknown" }, annotations }],
    );
    await sign(index);
    await gate.drain();
    gate.pass(60_000);
    await gate.drain();
    expect(await verdictOf(index)).toBe("compliant");
    for (const each of [child, second, inner]) expect(await pull(gate, REPOSITORY, each.manifest.digest)).toBeDefined();
  });
});

test("T07 a manifest of schema 1 is never called unsigned, and nothing is done to it", async () => {
  await open(UNTAGGED_AT_ONCE, {
    async around(request, registry) {
      const response = await registry(request);
      if (!request.url.includes(`/manifests/${image.manifest.digest}`) || response.status !== 200) return response;
      const headers = new Headers(response.headers);
      headers.set("content-type", "application/vnd.docker.distribution.manifest.v1+prettyjws");
      return new Response(response.body, { status: 200, headers });
    },
  });
  const image = imageNamed("old");
  await gate.push(REPOSITORY, "1.0", image);
  await gate.drain();
  gate.pass(600_000);
  await gate.drain();
  expect(await verdictOf(image.manifest)).not.toBe("violating");
  expect(await pull(gate, REPOSITORY, "1.0")).toBeDefined();
});

describe("T75 a runnable image is judged and held", () => {
  const dressed = (image: Built, more: object): Built => {
    const document: unknown = JSON.parse(Buffer.from(image.manifest.bytes).toString());
    const manifest = contentOf(OCI_MANIFEST, Buffer.from(JSON.stringify({ ...(document as object), ...more })));
    return { ...image, manifest };
  };
  const victim = imageNamed("signed victim");
  const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

  test.each<[string, object, string]>([
    ["with a subject", { subject: described(victim.manifest) }, "1.0"],
    ["with the artifact type of a signature", { artifactType: BUNDLE }, "1.0"],
    ["with both", { artifactType: "application/vnd.cncf.notary.signature", subject: described(victim.manifest) }, "1.0"],
    ["under the tag of a list of referrers", {}, fallbackTag(victim.manifest)],
    ["under the tag of an older signature", {}, fallbackTag(victim.manifest, ".sig")],
    ["under the tag of an older attestation", { subject: described(victim.manifest) }, fallbackTag(victim.manifest, ".att")],
  ])("%s", async (_what, more, tag) => {
    await open();
    await sign(victim.manifest);
    await gate.push(REPOSITORY, "victim", victim);
    await gate.drain();
    const key = await gate.push(REPOSITORY, tag, dressed(imageNamed("evil"), more));
    await gate.drain();
    expect((await gate.record(key)).verdict?.kind).toBe("violating");
    expect(await pull(gate, REPOSITORY, tag)).toBeUndefined();
  });
});
