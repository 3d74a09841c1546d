import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { parseDigest } from "../../../shared/domain/digest.ts";
import { parseRepository } from "../../../shared/domain/image-ref.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { verifyBundle } from "../../../shared/signatures/cosign/verify-bundle.ts";
import { verifyPayload } from "../../../shared/signatures/cosign/verify-payload.ts";
import { elementsIn, readDer } from "../../../shared/signatures/der.ts";
import { integerBytes, readCount, readOid } from "../../../shared/signatures/der-values.ts";
import { readCbor } from "../../../shared/signatures/notation/cbor.ts";
import { readCertificate } from "../../../shared/signatures/x509.ts";
import { openTestClient } from "../../fakes/oci-client.ts";
import { digestOf, pushBlob } from "../../fakes/pusher.ts";
import { answer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";
import {
  type BundleDocument,
  bundleOf,
  bytesOf,
  ecSigner,
  IMAGE,
  payloadOf,
  signedPayload,
  statementOf,
  trusting,
} from "../../fixtures/cosign.ts";
import { der, integer, oid, sequence } from "../../fixtures/der.ts";
import { certify, name } from "../../fixtures/x509.ts";

const repository = parseRepository("shop/api");
const nobody = parseDigest(`sha256:${"0".repeat(64)}`);
const servers = openServers();
afterEach(() => servers.close());

const signer = ecSigner("prime256v1");
const expected = trusting(signer);
const codeOf = (document: unknown): string | undefined => verifyBundle(bytesOf(document), expected)?.code;

function withMaterial(change: object): BundleDocument {
  const bundle = bundleOf(signer);
  Object.assign(bundle.verificationMaterial, change);
  return bundle;
}

const fill = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
const fault = (code: string) => expect.objectContaining({ name: "AdapterError", code });

describe("T50 a registry without end", () => {
  const isReferrers = (request: Request): boolean => request.url.includes("/referrers/");
  const page = (headers: Record<string, string>, digest = nobody): Response =>
    Response.json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [{ mediaType: OCI_MANIFEST, digest, size: 1 }] }, { headers });

  it("that sends us from page to page is left after some of them", async () => {
    let pages = 0;
    const registry = await servers.registry(async (request, inner) => {
      if (!isReferrers(request)) return inner(request);
      pages += 1;
      return page({ link: `</v2/shop/api/referrers/${nobody}?p=${pages}>; rel="next"` }, digestOf(`${pages}`));
    });
    await expect(openTestClient(registry.host).referrers(repository, nobody)).rejects.toEqual(fault("too-large"));
    expect(pages).toBeLessThanOrEqual(1_001);
  });

  it.each(["", "?p=1"])("whose page leads to itself, or back to an earlier one (%j), is not asked again and again", async (next) => {
    let asked = 0;
    const registry = await servers.registry(async (request, inner) => {
      if (!isReferrers(request)) return inner(request);
      asked += 1;
      return page({ link: `</v2/shop/api/referrers/${nobody}${next}>; rel="next"` }, digestOf("missing"));
    });
    await expect(openTestClient(registry.host).referrers(repository, nobody)).rejects.toEqual(fault("malformed"));
    expect(asked).toBeLessThanOrEqual(2);
  });

  it("that lists ten thousand referrers proves nothing", async () => {
    const manifests = Array.from({ length: 10_000 }, (_, at) => ({ mediaType: OCI_MANIFEST, digest: digestOf(`${at}`), size: 1 }));
    const registry = await servers.registry(async (request, inner) =>
      isReferrers(request) ? Response.json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }) : inner(request),
    );
    await expect(openTestClient(registry.host).referrers(repository, nobody)).rejects.toEqual(fault("too-large"));
  });
});

describe("T51 a content without end", () => {
  it("of 128 MiB is refused by its descriptor, and nothing of it is asked for", async () => {
    const server = await servers.raw((_, response) => answer(response, 200, {}, "x"));
    const asked = openTestClient(server.host).blob(repository, { digest: nobody, size: 128 * 1024 * 1024 }, 1024 * 1024);
    await expect(asked).rejects.toEqual(fault("too-large"));
    expect(server.heard).toEqual([]);
  });

  it.each([
    ["that is longer than its descriptor says", { "content-length": String(10 * 1024 * 1024) }],
    ["in chunks that never end", {}],
  ])("%s is left where its limit is", async (_what, headers) => {
    let sent = 0;
    const server = await servers.raw((_request, response) => {
      response.writeHead(200, headers);
      const more = (): void => {
        while (!response.destroyed && sent < 64 * 1024 * 1024) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once("drain", more);
        }
      };
      more();
    });
    await expect(openTestClient(server.host).blob(repository, { digest: nobody, size: 1000 }, 1024 * 1024)).rejects.toEqual(
      expect.objectContaining({ name: "AdapterError" }),
    );
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  it("that comes compressed is not unpacked: its bytes are not those of its digest", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const server = await servers.raw((_, response) => answer(response, 200, { "content-encoding": "gzip" }, bomb));
    const content = { digest: digestOf(Buffer.alloc(64 * 1024 * 1024)), size: 1024 };
    await expect(openTestClient(server.host).blob(repository, content, 1024 * 1024)).rejects.toEqual(
      expect.objectContaining({ name: "AdapterError" }),
    );
  });

  it("that is compressed in its layer is no payload", async () => {
    const { payload, signature } = signedPayload(signer, payloadOf(IMAGE));
    expect(verifyPayload({ payload: gzipSync(payload), signature }, expected).code).toBe("signature-invalid");
    const zipped = gzipSync(payload);
    expect(verifyPayload({ payload: zipped, signature: signer.sign(zipped).toString("base64") }, expected).code).toBe("malformed");
  });

  it("is whole where it is right", async () => {
    const registry = await servers.registry((request, inner) => inner(request));
    const blob = await pushBlob(registry, repository, "payload");
    expect(Buffer.from(await openTestClient(registry.host).blob(repository, blob, 100)).toString()).toBe("payload");
  });
});

describe("T52 a bundle with very much in it is too large or malformed", () => {
  it.each([
    ["log entries", { tlogEntries: fill(100_000, {}) }],
    ["timestamps", { timestampVerificationData: { rfc3161Timestamps: fill(30_000, { signedTimestamp: "QQ==" }) } }],
    ["certificates", { publicKey: null, x509CertificateChain: { certificates: fill(40_000, { rawBytes: "QQ==" }) } }],
  ])("%s", (_what, change) => {
    expect(codeOf(withMaterial(change))).toMatch(/^(too-large|malformed)$/);
  });

  it("ten thousand subjects are read, for one of them is the image", () => {
    const subject = [...fill(10_000, { digest: { sha256: "00" } }), { digest: { sha256: IMAGE.slice(7) } }];
    expect(codeOf(bundleOf(signer, statementOf(IMAGE, { subject })))).toBe("ok");
  });
});

describe("T54 JSON that was made to hurt", () => {
  const signed = (text: string): string | undefined => codeOf(bundleOf(signer, text));
  const good = JSON.stringify(statementOf(IMAGE));
  const with_ = (member: string): string => `{${member},${good.slice(1)}`;

  it("nested a hundred thousand times is malformed, signed or not", () => {
    expect(codeOf("[".repeat(100_000))).toBe("malformed");
    expect(signed(with_(`"x":${"[".repeat(100_000)}${"]".repeat(100_000)}`))).toBe("malformed");
    expect(signed(with_(`"x":${'{"a":'.repeat(65)}1${"}".repeat(65)}`))).toBe("malformed");
  });

  it("of a million members is too large", () => {
    const members = Array.from({ length: 1_000_000 }, (_, at) => `"${at.toString(36)}":0`).join(",");
    expect(codeOf(`{${members}}`)).toBe("too-large");
  });

  it("with names of prototypes changes nothing but itself", () => {
    expect(signed(with_('"__proto__":{"predicateType":"x","subject":[]},"constructor":{"prototype":{"polluted":1}}'))).toBe("ok");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    const foreign = JSON.stringify({ ...statementOf(IMAGE), subject: undefined });
    expect(signed(`{"__proto__":${good},${foreign.slice(1)}`)).toBe("malformed");
  });

  it("with half a character, or bytes that are no UTF-8, is not taken for another text", () => {
    expect(signed(with_('"x":"\\ud800"'))).toBe("ok");
    expect(signed(good.replace("https://sigstore.dev/cosign/sign/v1", "https://sigstore.dev/cosign/sign/v1\\ud800"))).toBe(
      "predicate-mismatch",
    );
    const bytes = Buffer.concat([Buffer.from(with_('"x":"').slice(0, 6)), Buffer.of(0xff), Buffer.from(`",${good.slice(1)}`)]);
    const { payload, signature } = { payload: bytes, signature: signer.sign(bytes).toString("base64") };
    expect(verifyPayload({ payload, signature }, expected).code).toBe("malformed");
  });

  it("with a name twice is malformed, however it is written", () => {
    const twice = [`"predicateType":"x"`, `"predicate\\u0054ype":"x"`, `"subject":[]`, `"_type":"x"`];
    expect(twice.map((member) => signed(with_(member)))).toEqual(fill(4, "malformed"));
  });
});

describe("T55 DER that was made to hurt is malformed", () => {
  const malformed = fault("malformed");
  const refused = expect.objectContaining({ name: "AdapterError" });
  const own = certify({ subject: name(["CN", "a"]), extensions: [] }).bytes;

  it.each<[string, Buffer]>([
    ["an indefinite length", Buffer.from("30800000", "hex")],
    ["a length beyond its end", Buffer.from("30820400", "hex")],
    ["a length of five bytes", Buffer.from("30850000000000", "hex")],
    ["a length of 127 bytes", Buffer.from("30ff", "hex")],
    ["a length that is not in its shortest form", Buffer.from("3081020500", "hex")],
    ["a tag of several bytes", Buffer.from("3f8101020500", "hex")],
    ["nothing", Buffer.alloc(0)],
    ["bytes behind its end", Buffer.from("300000", "hex")],
  ])("%s", (_what, bytes) => {
    expect(() => readDer(bytes, "test")).toThrow(malformed);
    expect(() => readCertificate(bytes)).toThrow(malformed);
  });

  it("nested ten thousand times, which costs nothing until somebody reads it", () => {
    let nested = sequence();
    for (let depth = 0; depth < 10_000; depth++) nested = sequence(nested);
    expect(() => readCertificate(nested)).toThrow(refused);
    expect(() => readCertificate(Buffer.alloc(30_000, 0x30))).toThrow(refused);
  });

  it("a list of more elements than anybody writes", () => {
    expect(() => elementsIn(Buffer.concat(fill(10_001, Buffer.of(5, 0))), "test")).toThrow(fault("too-large"));
  });

  it("huge numbers and object identifiers", () => {
    const huge = der(0x02, Buffer.alloc(20_000, 0x7f));
    expect(() => readCount(readDer(huge, "test"), "test")).toThrow(malformed);
    expect(() => integerBytes(readDer(der(0x02, Buffer.from("0001", "hex")), "test"), "test")).toThrow(malformed);
    for (const content of [
      Buffer.alloc(20_000, 0x81),
      Buffer.alloc(33, 0x01),
      Buffer.from("80", "hex"),
      Buffer.from("2a80", "hex"),
      Buffer.alloc(9, 0xff),
    ])
      expect(() => readOid(readDer(der(0x06, content), "test"), "test")).toThrow(malformed);
    expect(readOid(readDer(oid("1.2.840.113549.1.1.11"), "test"), "test")).toBe("1.2.840.113549.1.1.11");
  });

  it("a certificate of more than 32 KiB, or with a byte more or less", () => {
    expect(() => readCertificate(Buffer.alloc(32 * 1024 + 1, 0x30))).toThrow(fault("too-large"));
    expect(() => readCertificate(own.subarray(0, -1))).toThrow(malformed);
    expect(() => readCertificate(Buffer.concat([own, Buffer.of(0)]))).toThrow(malformed);
    expect(() => readCertificate(sequence(own, integer(1)))).toThrow(malformed);
    expect(readCertificate(own).bytes).toEqual(own);
  });
});

describe("T55 CBOR that was made to hurt is refused", () => {
  const limits = { maxDepth: 16, maxValues: 1000, place: "test" };

  it.each<[string, string]>([
    ["nested lists", "81".repeat(17)],
    ["nested maps", "a101".repeat(17)],
    ["a flood of tags", "c1".repeat(1_000_000)],
    ["a key twice", "a201010102"],
    ["indefinite bytes", "5f4101ff"],
    ["an indefinite text", "7f6161ff"],
    ["an indefinite list", "9f01ff"],
    ["an indefinite map", "bf0101ff"],
    ["a list of 2^64 - 1", "9bffffffffffffffff"],
    ["a map of 2^64 - 1", "bbffffffffffffffff"],
    ["bytes of 2^64 - 1", "5bffffffffffffffff"],
    ["a number beyond 2^53", "1bffffffffffffffff"],
    ["a tag beyond 2^53", "dbffffffffffffffff00"],
  ])("%s", (_what, hex) => {
    expect(() => readCbor(Buffer.from(hex, "hex"), limits)).toThrow(expect.objectContaining({ name: "AdapterError" }));
  });
});
