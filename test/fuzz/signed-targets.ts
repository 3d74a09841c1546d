import { isDeepStrictEqual } from "node:util";
import { instant } from "../../shared/domain/time.ts";
import { readKey } from "../../shared/signatures/cosign/keys.ts";
import { verifyBundle } from "../../shared/signatures/cosign/verify-bundle.ts";
import { verifyPayload } from "../../shared/signatures/cosign/verify-payload.ts";
import { preAuthenticationEncoding } from "../../shared/signatures/dsse.ts";
import { verifyEnvelope } from "../../shared/signatures/notation/verify.ts";
import {
  bundleOf,
  bytesOf,
  ecSigner,
  IMAGE,
  OTHER_IMAGE,
  payloadOf,
  SIGN_PREDICATE,
  STATEMENT_TYPE,
  statementOf,
} from "../fixtures/cosign.ts";
import {
  cbor,
  coseHeader,
  coseOf,
  epoch,
  expecting,
  headerOf,
  jwsOf,
  NOTARY,
  signing,
  payloadOf as targetOf,
} from "../fixtures/notation.ts";
import { base64 } from "../fixtures/sigstore-log.ts";
import { damageBytes } from "./damage-bytes.ts";
import { damageCbor } from "./damage-cbor.ts";
import { damageJson } from "./damage-json.ts";
import { seedsOf } from "./judging.ts";
import type { MakeTarget, Outcome } from "./target.ts";

// The trusted key signs whatever comes out of the damage: only the reading of the content stands between that and a verdict. An oracle that
// knows nothing of the readers says what an accepted content must hold.

type Document = Readonly<Record<string, unknown>> | undefined;

function outcome(code: string, bytes: Buffer, seeds: readonly Buffer[], says: (document: Document) => boolean): Outcome {
  if (code !== "ok") return { code };
  const document = plainJson(bytes);
  if (document === undefined || !says(document)) return { code, violation: "accepted a signed content that says something else" };
  const isSpelling = seeds.some((seed) => isDeepStrictEqual(plainJson(seed), document));
  return { code, same: isSpelling ? "spelling" : "members beside those that count" };
}

/** What every reader sees in the same way: valid JSON in which no name stands twice. */
function plainJson(bytes: Buffer): Document {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).replace(/^\ufeff/, "");
    const document: unknown = JSON.parse(text);
    const written = text.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
    return typeof document === "object" && document !== null && membersIn(document) === written ? (document as Document) : undefined;
  } catch {
    return undefined;
  }
}

function membersIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).reduce<number>((sum, member) => sum + membersIn(member), 0);
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

function at(document: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (from, name) => (typeof from === "object" && from !== null && Object.hasOwn(from, name) ? Reflect.get(from, name) : undefined),
    document,
  );
}

const hex = IMAGE.slice("sha256:".length);
const signer = ecSigner("prime256v1");
const expected = { image: IMAGE, keys: [readKey(signer.key)], annotations: {}, now: instant(0) };

export const statements: MakeTarget = () => {
  const seeds = seedsOf(
    [statementOf(IMAGE), statementOf(OTHER_IMAGE), statementOf(IMAGE, { predicateType: "https://slsa.dev/provenance/v1" })].map(bytesOf),
  );
  const template = bundleOf(signer);
  const judge = (payload: Buffer): Outcome => {
    const sig = base64(signer.sign(preAuthenticationEncoding(STATEMENT_TYPE, payload)));
    const document = { ...template, dsseEnvelope: { payload: base64(payload), payloadType: STATEMENT_TYPE, signatures: [{ sig }] } };
    return outcome(verifyBundle(bytesOf(document), expected)?.code ?? "other-kind", payload, seeds, (statement) => {
      const subjects = at(statement, "subject");
      const isAbout = Array.isArray(subjects) && subjects.some((subject) => at(subject, "digest", "sha256") === hex);
      return (
        isAbout &&
        at(statement, "predicateType") === SIGN_PREDICATE &&
        /^https:\/\/in-toto\.io\/Statement\/v(0\.)?1$/.test(String(at(statement, "_type")))
      );
    });
  };
  return { id: "signed statement", share: 80, seeds, damages: [damageJson, damageJson, damageBytes], judge };
};

export const payloads: MakeTarget = () => {
  const seeds = seedsOf([payloadOf(IMAGE), payloadOf(OTHER_IMAGE), payloadOf(IMAGE, { creator: "ci" })].map(bytesOf));
  const judge = (payload: Buffer): Outcome =>
    outcome(verifyPayload({ payload, signature: base64(signer.sign(payload)) }, expected).code, payload, seeds, (document) => {
      const isAbout = at(document, "critical", "image", "docker-manifest-digest") === IMAGE;
      return isAbout && at(document, "critical", "type") === "cosign container image signature";
    });
  return { id: "signed payload", share: 80, seeds, damages: [damageJson, damageJson, damageBytes], judge };
};

const notary = signing();
const measured = expecting(notary);
const codeOfNotation = (bytes: Buffer, mediaType: string): string => {
  const verified = verifyEnvelope(bytes, mediaType, measured);
  return verified.kind === "refused" ? verified.judgement.code : (verified.failures[0]?.code ?? "ok");
};

export const targets: MakeTarget = () => {
  const seeds = seedsOf([targetOf(), targetOf({ digest: OTHER_IMAGE }), targetOf({ annotations: { build: "1" } })].map(bytesOf));
  const judge = (payload: Buffer): Outcome => {
    const document = jwsOf(notary, headerOf(), payload);
    const code = codeOfNotation(bytesOf(document), "application/jose+json");
    return outcome(code, payload, seeds, (read) =>
      isDeepStrictEqual([at(read, "targetArtifact", "digest"), at(read, "targetArtifact", "size")], [IMAGE, 401]),
    );
  };
  return { id: "signed target", share: 60, seeds, damages: [damageJson, damageJson, damageBytes], judge };
};

const SCHEME = `${NOTARY}.signingScheme`;

export const jwsHeaders: MakeTarget = () => {
  const expiring = headerOf({ crit: [SCHEME, `${NOTARY}.expiry`], [`${NOTARY}.expiry`]: "2030-01-01T00:00:00Z" });
  const seeds = seedsOf([headerOf(), expiring, headerOf({ extra: "1" })].map(bytesOf));
  const judge = (header: Buffer): Outcome => {
    const document = jwsOf(notary, header);
    return outcome(codeOfNotation(bytesOf(document), "application/jose+json"), header, seeds, (read) => {
      const critical = at(read, "crit");
      const names = Array.isArray(critical) ? critical : [];
      const over = at(read, `${NOTARY}.expiry`);
      return (
        at(read, "alg") === "ES256" &&
        at(read, SCHEME) === "notary.x509" &&
        at(read, "cty") === "application/vnd.cncf.notary.payload.v1+json" &&
        names.includes(SCHEME) &&
        names.every((name) => at(read, name) !== undefined && String(name).startsWith(NOTARY)) &&
        (over === undefined || (names.includes(`${NOTARY}.expiry`) && Date.parse(typeof over === "string" ? over : "") > measured.now))
      );
    });
  };
  return { id: "signed header (JWS)", share: 60, seeds, damages: [damageJson, damageJson, damageBytes], judge };
};

export const coseHeaders: MakeTarget = () => {
  const expiry: readonly [string, ReturnType<typeof epoch>] = [`${NOTARY}.expiry`, epoch("2030-01-01T00:00:00Z")];
  const seeds = seedsOf([coseHeader(), coseHeader([2, [SCHEME, expiry[0]]], expiry), coseHeader(["extra", "1"])].map((map) => cbor(map)));
  const judge = (header: Buffer): Outcome => {
    const code = codeOfNotation(coseOf(notary, { raw: header }), "application/cose");
    if (code !== "ok") return { code };
    // Each of these stands there in the only form that an encoder may choose.
    const musts = [
      cbor([SCHEME]).subarray(1),
      cbor("notary.x509"),
      cbor("application/vnd.cncf.notary.payload.v1+json"),
      Buffer.of(1, 0x26),
    ];
    return musts.every((must) => header.includes(must))
      ? { code, same: "members beside those that count" }
      : { code, violation: "accepted a header without what must be there" };
  };
  return { id: "signed header (COSE)", share: 60, seeds, damages: [damageCbor, damageCbor, damageBytes], judge };
};
