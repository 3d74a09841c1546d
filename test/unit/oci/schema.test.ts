import { describe, expect, test } from "vitest";
import { MANIFEST_TYPES, OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { digestOf } from "../../../shared/oci/content.ts";
import { MANIFEST_BYTES, readManifest } from "../../../shared/oci/schema.ts";

const [, , DOCKER_MANIFEST, DOCKER_INDEX] = MANIFEST_TYPES;
const HEX = "a".repeat(64);
const DESCRIPTOR = { mediaType: "application/vnd.oci.image.config.v1+json", digest: `sha256:${HEX}`, size: 2 };
const IMAGE = { schemaVersion: 2, config: DESCRIPTOR, layers: [DESCRIPTOR] };
const INDEX = { schemaVersion: 2, manifests: [{ ...DESCRIPTOR, mediaType: OCI_MANIFEST }] };

function read(document: unknown, mediaType?: string) {
  const bytes = Buffer.from(typeof document === "string" ? document : JSON.stringify(document));
  return readManifest(bytes, mediaType, digestOf(bytes));
}
const code = (expected: string) => expect.objectContaining({ code: expected });

describe("a manifest", () => {
  test.each([
    [IMAGE, OCI_MANIFEST, "manifest"],
    [{ ...IMAGE, mediaType: DOCKER_MANIFEST }, DOCKER_MANIFEST, "manifest"],
    [INDEX, OCI_INDEX, "index"],
    [{ ...INDEX, mediaType: DOCKER_INDEX }, DOCKER_INDEX, "index"],
  ] as const)("is read by its type: %j", (document, mediaType, kind) => {
    expect(read(document, `${mediaType}; charset=utf-8`)).toMatchObject({ kind, mediaType });
  });

  test("keeps its bytes as they came", () => {
    const bytes = Buffer.from(`${JSON.stringify(IMAGE, null, 3)}\n`);
    expect(readManifest(bytes, OCI_MANIFEST, digestOf(bytes, "sha512")).bytes).toBe(bytes);
  });

  test("is known by its body where the header says nothing (T06)", () => {
    expect(read({ ...INDEX, mediaType: DOCKER_INDEX }, "application/json").mediaType).toBe(DOCKER_INDEX);
    expect(read(INDEX, "text/plain").mediaType).toBe(OCI_INDEX);
    expect(read(IMAGE).mediaType).toBe(OCI_MANIFEST);
  });

  test("gives subject, artifact type, annotations, platform and urls, and passes over what we do not use", () => {
    const subject = {
      ...DESCRIPTOR,
      platform: { os: "linux", architecture: "arm", variant: "v7", "os.version": "1", features: ["x"] },
      data: "e30=",
    };
    const document = {
      ...IMAGE,
      artifactType: "a/b",
      subject,
      annotations: { k: "v" },
      layers: [{ ...DESCRIPTOR, urls: ["https://x/"] }],
      history: 1,
    };
    expect(read(document)).toMatchObject({
      artifactType: "a/b",
      annotations: { k: "v" },
      subject: { digest: DESCRIPTOR.digest, platform: { os: "linux", architecture: "arm", variant: "v7" } },
      layers: [{ urls: ["https://x/"] }],
    });
  });

  test("may leave out, empty or null what is optional", () => {
    const manifest = read({ ...IMAGE, layers: null, subject: null, annotations: null, artifactType: "" });
    expect(manifest).toMatchObject({ layers: [], annotations: {} });
    expect([manifest.subject, manifest.artifactType]).toEqual([undefined, undefined]);
    expect(read({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: null })).toMatchObject({ kind: "index", manifests: [] });
  });
});

describe("T06 a document that could be read in two ways is refused", () => {
  test.each<[string, unknown, string | undefined]>([
    ["image and index at once", { ...IMAGE, manifests: INDEX.manifests }, OCI_MANIFEST],
    ["index with a config", { ...INDEX, config: DESCRIPTOR }, OCI_INDEX],
    ["index with layers only", { ...INDEX, layers: [] }, undefined],
    ["image announced as index", IMAGE, OCI_INDEX],
    ["index announced as image", INDEX, OCI_MANIFEST],
    ["header and body of different types", { ...IMAGE, mediaType: OCI_MANIFEST }, DOCKER_MANIFEST],
    ["body of another kind than its own type", { ...INDEX, mediaType: OCI_MANIFEST }, undefined],
    ["members of schema 1", { ...IMAGE, fsLayers: [] }, OCI_MANIFEST],
    ["a member twice", `{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[],"manifests":[]}`, OCI_INDEX],
  ])("%s", (_, document, mediaType) => {
    expect(() => read(document, mediaType)).toThrow(code("malformed"));
  });
});

describe("what is no manifest is refused", () => {
  test.each<[string, unknown]>([
    ["no object", []],
    ["no version", { config: DESCRIPTOR, layers: [] }],
    ["version as text", { ...IMAGE, schemaVersion: "2" }],
    ["no config", { schemaVersion: 2, layers: [] }],
    ["no layers", { schemaVersion: 2, config: DESCRIPTOR }],
    ["layers as object", { ...IMAGE, layers: {} }],
    ["size as text", { ...IMAGE, config: { ...DESCRIPTOR, size: "2" } }],
    ["size below zero", { ...IMAGE, config: { ...DESCRIPTOR, size: -1 } }],
    ["size beyond safe numbers", { ...IMAGE, config: { ...DESCRIPTOR, size: 2 ** 53 } }],
    ["fraction of a byte", { ...IMAGE, config: { ...DESCRIPTOR, size: 1.5 } }],
    ["digest of another algorithm", { ...IMAGE, config: { ...DESCRIPTOR, digest: `md5:${HEX}` } }],
    ["digest in capitals", { ...IMAGE, config: { ...DESCRIPTOR, digest: `sha256:${HEX.toUpperCase()}` } }],
    ["no media type in a descriptor", { ...IMAGE, layers: [{ digest: DESCRIPTOR.digest, size: 1 }] }],
    ["annotation that is no text", { ...IMAGE, annotations: { a: 1 } }],
    ["subject that is no descriptor", { ...IMAGE, subject: "sha256:x" }],
    ["type that is no text", { ...IMAGE, mediaType: 7 }],
  ])("%s", (_, document) => {
    expect(() => read(document)).toThrow(code("malformed"));
  });

  test("schema 1, by header or by version, is unsupported and not unsigned (T07)", () => {
    const old = { schemaVersion: 1, name: "x", fsLayers: [] };
    expect(() => read(old)).toThrow(code("unsupported"));
    expect(() => read(old, "application/vnd.docker.distribution.manifest.v1+prettyjws")).toThrow(code("unsupported"));
    expect(() => read({ ...IMAGE, mediaType: "application/vnd.oci.artifact.manifest.v1+json" })).toThrow(code("unsupported"));
  });

  test("bytes of another digest are refused, whatever the algorithm (T05, T07)", () => {
    const bytes = Buffer.from(JSON.stringify(IMAGE));
    for (const algorithm of ["sha256", "sha512"] as const) {
      expect(() => readManifest(Buffer.concat([bytes, Buffer.from(" ")]), OCI_MANIFEST, digestOf(bytes, algorithm))).toThrow(
        code("malformed"),
      );
    }
  });

  test("more than 4 MiB, or nested deeper than 64, is refused", () => {
    expect(() => read(`${JSON.stringify(IMAGE)}${" ".repeat(MANIFEST_BYTES)}`)).toThrow(code("too-large"));
    expect(() => read(`{"schemaVersion":2,"x":${"[".repeat(64)}${"]".repeat(64)}}`)).toThrow(code("malformed"));
  });
});
