import { describe, expect, test } from "vitest";
import { type Digest, parseDigest } from "../../../shared/domain/digest.ts";
import type { ImageEvidence } from "../../../shared/domain/evidence.ts";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import type { Descriptor, ImageManifest, IndexManifest, Manifest } from "../../../shared/domain/manifest.ts";
import { instant } from "../../../shared/domain/time.ts";
import type { Vouched } from "../../../shared/domain/vouched.ts";
import { readImageConfig } from "../../../shared/oci/image-config.ts";
import type { JudgeDeps } from "../../../shared/pipeline/deps.ts";
import { gather } from "../../../shared/pipeline/gather.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { FindingsSource, ImageFacts } from "../../../shared/ports/findings-source.ts";
import type { ImageSource, Referrer } from "../../../shared/ports/image-source.ts";
import type { SignatureVerifier } from "../../../shared/ports/signature-verifier.ts";

const digest = (number: number): Digest => parseDigest(`sha256:${number.toString(16).padStart(64, "0")}`);
const HERE = parseRepository("shop/api");
const HELD = parseRepository("quarantine/shop/api");
const LAYER: Descriptor = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: digest(5), size: 1 };
const CONFIG: Descriptor = { mediaType: "application/vnd.oci.image.config.v1+json", digest: digest(6), size: 1 };

function image(more: Partial<ImageManifest> = {}): ImageManifest {
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  return {
    kind: "manifest",
    digest: digest(1),
    mediaType,
    bytes: new Uint8Array(),
    annotations: {},
    config: CONFIG,
    layers: [LAYER],
    ...more,
  };
}

interface World {
  readonly manifest?: Manifest;
  readonly others?: readonly Manifest[];
  /** What the repository answers for the configuration. */
  readonly config?: Readonly<Record<string, string | AdapterError>>;
  readonly sources?: readonly FindingsSource[];
  readonly referrers?: readonly Referrer[];
  readonly verifiers?: readonly SignatureVerifier[];
}

const NOTHING: ImageFacts = { findings: { kind: "absent" }, content: [], inventory: { kind: "absent" }, vex: [], attestations: [] };

function sourceOf({ config = {}, others = [], referrers = [] }: World): ImageSource {
  return {
    resolve: async () => undefined,
    manifest: async (_repository, asked) => others.find((each) => each.digest === asked),
    async blob(repository) {
      const answer = config[repository] ?? "{}";
      if (answer instanceof AdapterError) throw answer;
      return new TextEncoder().encode(answer);
    },
    async *blobStream() {},
    referrers: async () => referrers,
    async *tags() {},
  };
}

async function gathered(world: World = {}): Promise<ImageEvidence> {
  const manifest = world.manifest ?? image();
  const deps = {
    findings: world.sources ?? [],
    verifiers: world.verifiers ?? [],
    readConfig: readImageConfig,
    policy: () => ({ trust: { keys: [] } }),
  } as unknown as JudgeDeps;
  const key = { registry: parseRegistryHost("registry.example"), repository: HERE, digest: manifest.digest };
  const place = { source: sourceOf(world), key, repositories: [HERE, HELD] };
  const subject = { digest: manifest.digest, kind: "image" as const, tags: [], firstSeenAt: instant(0) };
  return gather(deps, place, manifest, subject, instant(1));
}

const telling = (id: string, facts: Partial<ImageFacts>): FindingsSource => ({ id, facts: async () => ({ ...NOTHING, ...facts }) });
const failing: FindingsSource = {
  id: "down",
  facts: async () => {
    throw new AdapterError("unreachable", "no answer");
  },
};

describe("the configuration of an image", () => {
  test("is read from where the image lies, also where it is held", async () => {
    const gone = new AdapterError("not-found", "gone");
    expect((await gathered({ config: { [HERE]: '{"config":{"User":"app"}}' } })).config).toMatchObject({
      kind: "read",
      config: { user: "app" },
    });
    const held = await gathered({ config: { [HERE]: gone, [HELD]: '{"config":{"User":"app"}}' } });
    expect(held.config).toMatchObject({ kind: "read", config: { user: "app" } });
    expect((await gathered({ config: { [HERE]: gone, [HELD]: gone } })).config.kind).toBe("unavailable");
  });

  test("that cannot be read is unavailable, never one without a user", async () => {
    for (const answer of ["{", '{"config":{"User":7}}', new AdapterError("unreachable", "down")])
      expect((await gathered({ config: { [HERE]: answer } })).config.kind).toBe("unavailable");
  });

  test("is read of whatever could run, whatever media type the configuration goes by, and is absent of an artifact", async () => {
    const odd = image({ config: { ...CONFIG, mediaType: "application/vnd.odd+json" } });
    expect((await gathered({ manifest: odd, config: { [HERE]: '{"config":{"User":"root"}}' } })).config).toMatchObject({ kind: "read" });
    const artifact = image({
      config: { ...CONFIG, mediaType: "application/vnd.oci.empty.v1+json" },
      layers: [{ ...LAYER, mediaType: "application/json" }],
    });
    expect((await gathered({ manifest: artifact })).config).toEqual({ kind: "absent" });
  });
});

describe("signatures of several formats", () => {
  const fact = { format: "cosign", place: digest(7), code: "ok", identity: "ci", detail: "" } as const;
  const verifier = (id: string, verify: SignatureVerifier["verify"]): SignatureVerifier => ({ id, reads: "referrers", verify });
  const good = verifier("cosign", async () => [fact]);
  const none = verifier("notation", async () => []);
  const away = verifier("binauthz", async () => {
    throw new AdapterError("unreachable", "no answer");
  });

  test("count where they could be asked for, and are not told to be all where one format could not", async () => {
    expect((await gathered({ verifiers: [good, none] })).signatures).toEqual({ kind: "examined", signatures: [fact] });
    expect((await gathered({ verifiers: [good, away] })).signatures).toEqual({ kind: "partial", signatures: [fact], why: "no answer" });
    expect((await gathered({ verifiers: [none, away] })).signatures).toEqual({ kind: "unavailable", why: "no answer" });
  });
});

describe("what several sources tell", () => {
  const inventory = {
    kind: "reported" as const,
    inventories: [{ format: "spdx-json", tool: "", madeAt: "unknown" as const, digest: digest(9), packages: [] }] as const,
  };
  const vex = [
    { ids: ["CVE-2026-1"], status: "fixed" as const, products: [], components: [], author: "a", saidAt: "unknown" as const, place: "here" },
  ];
  const attestations = [{ predicateType: "p", predicate: {}, place: "here" }];

  test("is joined", async () => {
    const evidence = await gathered({ sources: [telling("a", { inventory, vex }), telling("b", { inventory, attestations })] });
    expect(evidence.inventory).toMatchObject({ kind: "reported", inventories: [{}, {}] });
    expect(evidence.vex).toEqual({ kind: "examined", statements: vex });
    expect(evidence.attestations).toEqual({ kind: "examined", statements: attestations });
  });

  test("is not known to be nothing where one of them cannot be asked", async () => {
    const evidence = await gathered({ sources: [telling("a", { vex, attestations }), failing] });
    expect([evidence.findings.kind, evidence.inventory.kind, evidence.vex.kind, evidence.attestations.kind]).toEqual(
      Array.from({ length: 4 }, () => "unavailable"),
    );
  });

  test("counts where it is there, whatever another could not say", async () => {
    expect((await gathered({ sources: [failing, telling("a", { inventory })] })).inventory.kind).toBe("reported");
    const failed = telling("b", { inventory: { kind: "failed", why: "x" } });
    expect((await gathered({ sources: [failed, telling("a", {})] })).inventory.kind).toBe("failed");
  });

  test("keeps scans for content alone apart from those for vulnerabilities", async () => {
    const scan = {
      scanner: "gitleaks",
      scannedAt: "unknown",
      databaseAt: "unknown",
      origin: "attached",
      digest: digest(9),
      findings: [],
    } as const;
    expect(await gathered({ sources: [telling("a", { content: [scan] })] })).toMatchObject({
      content: [scan],
      findings: { kind: "absent" },
    });
  });
});

test("Buildkit's attestations in an index are shown to the sources with the child that they are on", async () => {
  const child = image({ digest: digest(2) });
  const attestation = image({ digest: digest(3), layers: [{ ...LAYER, mediaType: "application/vnd.in-toto+json" }] });
  const index: IndexManifest = {
    kind: "index",
    digest: digest(1),
    mediaType: "application/vnd.oci.image.index.v1+json",
    bytes: new Uint8Array(),
    annotations: {},
    manifests: [
      { mediaType: child.mediaType, digest: child.digest, size: 1, platform: { os: "linux", architecture: "amd64" } },
      {
        mediaType: child.mediaType,
        digest: attestation.digest,
        size: 1,
        platform: { os: "unknown", architecture: "unknown" },
        annotations: { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": child.digest },
      },
    ],
  };
  const seen: [Digest, readonly Digest[]][] = [];
  const spy: FindingsSource = {
    id: "spy",
    async facts({ image: { digest: asked }, referrers }) {
      seen.push([asked, referrers.map(({ referrer }) => referrer.manifest.digest)]);
      return NOTHING;
    },
  };
  await gathered({ manifest: index, others: [child, attestation], sources: [spy] });
  expect(Object.fromEntries(seen)).toEqual({ [index.digest]: [], [child.digest]: [attestation.digest] });
});

describe("who vouches for a statement", () => {
  const statement = digest(20);
  const attestations = [{ predicateType: "p", predicate: {}, place: digest(8), statement }];
  const vex = [
    {
      ids: ["CVE-1"],
      status: "fixed" as const,
      products: [],
      components: [],
      author: "a",
      saidAt: "unknown" as const,
      place: "x",
      statement,
    },
  ];
  const verifier: SignatureVerifier = {
    id: "cosign",
    reads: "referrers",
    verify: async ({ trust }) =>
      trust.predicateType?.includes("p") === true
        ? [
            { format: "cosign", place: "sha256-1.att", code: "ok", identity: "release", alsoAs: ["ci"], statement, detail: "" },
            { format: "cosign", place: "sha256-1.att", code: "signature-invalid", statement, detail: "" },
            { format: "cosign", place: "sha256-2.att", code: "ok", identity: "dev", statement: digest(21), detail: "" },
          ]
        : [],
  };
  const vouchedBy = async (verifiers: readonly SignatureVerifier[], told: Partial<ImageFacts> = { attestations, vex }) => {
    const evidence = await gathered({ sources: [telling("a", told)], verifiers });
    const names = (each: Vouched) => (each.signedBy ?? []).map((voucher) => voucher.names.join("+"));
    return {
      attestations: evidence.attestations.kind === "examined" ? evidence.attestations.statements.map(names) : evidence.attestations.kind,
      vex: evidence.vex.kind === "examined" ? evidence.vex.statements.map(names) : evidence.vex.kind,
    };
  };

  test("is everybody whose good signature covers its very bytes, for all that was read out of it", async () => {
    expect(await vouchedBy([verifier])).toEqual({ attestations: [["release+ci"]], vex: [["release+ci"]] });
    expect(await vouchedBy([])).toEqual({ attestations: [[]], vex: [[]] });
  });

  test("is nobody for what stands in no signed statement", async () => {
    const bare = {
      attestations: [{ predicateType: "p", predicate: {}, place: digest(8) }],
      vex: vex.map((each) => ({ ...each, statement: undefined })) as unknown as ImageFacts["vex"],
    };
    expect(await vouchedBy([verifier], bare)).toEqual({ attestations: [[]], vex: [[]] });
  });

  test("is not known where the registry fails", async () => {
    const down: SignatureVerifier = {
      id: "cosign",
      reads: "referrers",
      verify: () => Promise.reject(new AdapterError("unreachable", "down")),
    };
    expect(await vouchedBy([down])).toEqual({ attestations: "unavailable", vex: "unavailable" });
  });
});
