import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImageSource } from "../../../shared/ports/image-source.ts";
import type { TrustedAttestor } from "../../../shared/ports/occurrence-source.ts";
import type { Trust } from "../../../shared/ports/signature-verifier.ts";
import { binauthz } from "../../../shared/signatures/binauthz/index.ts";
import { askingApi, type BinauthzState, binauthzApi } from "../../fakes/binauthz-api.ts";
import { answer, type RawServer, serveRaw } from "../../fakes/raw-server.ts";
import { attestorDocument, attestorSigner, EXPECTED, IMAGE, NOTE, occurrenceOf, payloadOf } from "../../fixtures/binauthz.ts";

const signer = attestorSigner("EC_SIGN_P256_SHA256");
const stranger = attestorSigner("EC_SIGN_P256_SHA256");
const PINNED: TrustedAttestor = { name: "ci", kind: "pinned", note: NOTE, keys: [signer.key] };
const LOOKED_UP: TrustedAttestor = { name: "ci", kind: "looked-up", attestor: "projects/acme/attestors/built-by-ci" };
const NO_REGISTRY = new Proxy({} as ImageSource, { get: () => () => expect.unreachable("nothing is read from a registry") });

let server: RawServer;
let state: BinauthzState;
beforeEach(async () => {
  const api = binauthzApi(() => state);
  server = await serveRaw(({ path }, response) => {
    const { status, body } = api(`http://${server.host}${path}`);
    answer(response, status, { "content-type": "application/json" }, JSON.stringify(body));
  });
});
afterEach(() => server.close());

function verify(attestors: readonly TrustedAttestor[], more: Partial<Trust> = {}) {
  const occurrences = askingApi(`http://${server.host}`);
  const trust = { keys: [], attestors, ...more };
  return binauthz.verify({ image: IMAGE, source: NO_REGISTRY, referrers: [], trust, now: EXPECTED.now, occurrences });
}

const named = (number: number, document: object = occurrenceOf(signer)) => ({ ...document, name: `projects/acme/occurrences/${number}` });

describe("attestations are asked for by the note of their attestor and the image", () => {
  it("all pages of them, each a fact of its own", async () => {
    const other = { ...occurrenceOf(signer), resourceUri: "https://europe-docker.pkg.dev/acme/shop/other@sha256:00" };
    state = { occurrences: [named(1, occurrenceOf(stranger)), other, named(2), named(3), named(4, {})], attestors: [] };
    expect(await verify([PINNED])).toMatchObject([
      { format: "binauthz", place: "projects/acme/occurrences/1", code: "signature-invalid" },
      { format: "binauthz", place: "projects/acme/occurrences/2", code: "ok", identity: "ci" },
      { format: "binauthz", place: "projects/acme/occurrences/3", code: "ok", identity: "ci" },
    ]);
  });

  it("and none is a proof that nobody attested", async () => {
    state = { occurrences: [], attestors: [] };
    expect(await verify([PINNED])).toEqual([]);
  });

  it("of each attestor, by its own name", async () => {
    const note = "projects/acme/notes/qa";
    state = { occurrences: [named(1), named(2, { ...occurrenceOf(stranger), noteName: note })], attestors: [] };
    const qa: TrustedAttestor = { name: "qa", kind: "pinned", note, keys: [stranger.key] };
    expect((await verify([PINNED, qa])).map(({ identity }) => identity)).toEqual(["ci", "qa"]);
  });

  it("and nobody is asked where no attestor is trusted, or a statement is wanted", async () => {
    expect([await verify([]), await verify([PINNED], { predicateType: "https://slsa.dev/provenance/v1" })]).toEqual([[], []]);
    expect(server.heard).toEqual([]);
  });
});

describe("an attestor that is looked up", () => {
  it("attests by the keys that it has now", async () => {
    state = { occurrences: [named(1)], attestors: [attestorDocument([signer.key])] };
    expect(await verify([LOOKED_UP])).toMatchObject([{ code: "ok", identity: "ci" }]);
    state = { ...state, attestors: [attestorDocument([stranger.key])] };
    expect(await verify([LOOKED_UP])).toMatchObject([{ code: "signature-invalid" }]);
  });

  it("without keys attests nothing", async () => {
    state = { occurrences: [named(1)], attestors: [attestorDocument([])] };
    expect(await verify([LOOKED_UP])).toMatchObject([{ code: "identity-mismatch" }]);
  });

  it("leaves open what keys attest that are not verified, and believes the others", async () => {
    const other = { ...stranger.key, algorithm: "ML_DSA_65" as "ECDSA_P256_SHA256", id: "//kms/other" };
    const foreign = occurrenceOf({ ...stranger, key: other });
    state = { occurrences: [named(1, foreign), named(2)], attestors: [attestorDocument([other, signer.key])] };
    expect((await verify([LOOKED_UP])).map(({ code }) => code)).toEqual(["unsupported", "ok"]);
  });

  it("that is not there proves nothing", async () => {
    state = { occurrences: [], attestors: [] };
    await expect(verify([LOOKED_UP])).rejects.toMatchObject({ name: "AdapterError", code: "not-found" });
  });
});

describe("T64: what could not be asked is no proof of absence", () => {
  it.each([403, 429, 500])("an answer %d", async (status) => {
    state = { occurrences: [], attestors: [], status };
    await expect(verify([PINNED])).rejects.toMatchObject({ name: "AdapterError" });
  });

  it("nor is that nobody said where the attestations are", async () => {
    const request = { image: IMAGE, source: NO_REGISTRY, referrers: [], trust: { keys: [], attestors: [PINNED] }, now: EXPECTED.now };
    await expect(binauthz.verify(request)).rejects.toMatchObject({ name: "AdapterError", retryable: false });
  });
});

it("T50: of thousands of attestations a thousand is read, and it is said", async () => {
  const documents = Array.from({ length: 1_002 }, (_, index) => named(index, { ...occurrenceOf(signer, payloadOf()), attestation: {} }));
  const occurrences = { attestor: async () => undefined, attestations: async () => documents };
  const request = { image: IMAGE, source: NO_REGISTRY, referrers: [], trust: { keys: [], attestors: [PINNED] }, now: EXPECTED.now };
  const facts = await binauthz.verify({ ...request, occurrences });
  expect(facts).toHaveLength(1_001);
  expect(facts.at(-1)).toMatchObject({ code: "too-large" });
});
