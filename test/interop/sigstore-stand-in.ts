import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { readDer, sequence } from "../../shared/signatures/der.ts";
import { type Instance, makeInstance, makeLeaf, rootOf, subjectNames, uri } from "../fixtures/sigstore.ts";
import { type Log, logEntry, makeLog, pem, sha256, stampImprint } from "../fixtures/sigstore-log.ts";

/**
 * A Sigstore instance on this machine: an authority that certifies whoever has a token (it believes every token), logs of both
 * generations and an authority for timestamps, each by the interface that cosign speaks. What they sign is as real as that of the public ones.
 */
export interface StandIn {
  readonly instance: Instance;
  readonly trustedRoot: string;
  /** Which services there are, as cosign's `--signing-config` takes it. */
  signingConfig(services: Services): string;
  close(): Promise<void>;
}

/** `log`: its generation. */
export interface Services {
  readonly log: "none" | "first" | "second";
  readonly timestamps: boolean;
}

const MINUTE = 60_000;
// Where the proofs of the fixtures put the entry; a log of one shard has the same number for it.
const LEAF = 2;

export async function openStandIn(): Promise<StandIn> {
  const instance = { ...makeInstance(), tiles: makeTiles() };
  const answers: Readonly<Record<string, (request: IncomingMessage, body: Buffer) => Buffer | object>> = {
    "/api/v2/signingCert": (request, body) => certify(instance, request.headers.authorization ?? "", body),
    "/api/v1/log/entries": (_request, body) => logged(instance, body),
    "/api/v2/log/entries": (_request, body) => tiled(instance.tiles, body),
    "/api/v1/timestamp": (_request, body) => stampImprint(instance.stamper, imprintIn(body), now()),
  };
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const answer = answers[request.url ?? ""]?.(request, body);
      if (answer === undefined) return response.writeHead(404).end();
      const type = Buffer.isBuffer(answer) ? "application/timestamp-reply" : "application/json";
      const [name = ""] = Buffer.isBuffer(answer) ? [] : Object.keys(answer);
      response.writeHead(request.url?.endsWith("/log/entries") === true ? 201 : 200, {
        "content-type": type,
        etag: name,
        location: `/api/v1/log/entries/${name}`,
      });
      return response.end(Buffer.isBuffer(answer) ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    instance,
    trustedRoot: JSON.stringify(rootDocument(instance, url)),
    signingConfig: (services) => JSON.stringify(configOf(url, services)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whole seconds, as certificates and logs have them. */
function now(): number {
  return Math.floor(Date.now() / 1000) * 1000;
}

/** A token of this issuer for this subject; nobody has signed it. */
export function tokenOf(issuer: string, subject: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, sub: subject, aud: "sigstore", iat: seconds, exp: seconds + 600 };
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${Buffer.from("no signature").toString("base64url")}`;
}

/** sigstore/fulcio, fulcio.proto: CreateSigningCertificate. */
function certify(instance: Instance, authorization: string, body: Buffer): object {
  const { publicKeyRequest } = JSON.parse(body.toString()) as { publicKeyRequest: { publicKey: { content: string } } };
  const spki = Buffer.from(publicKeyRequest.publicKey.content.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
  const { sub } = JSON.parse(Buffer.from(authorization.split(".")[1] ?? "", "base64url").toString()) as { sub: string };
  const at = now();
  const leaf = makeLeaf(instance, { spki, names: subjectNames(uri(sub)), notBefore: at - MINUTE, notAfter: at + 9 * MINUTE });
  const certificates = [leaf, instance.intermediate, instance.root].map(({ bytes }) => pem("CERTIFICATE", bytes));
  return { signedCertificateEmbeddedSct: { chain: { certificates } } };
}

/** A log of the second generation goes by the name of its key (C2SP signed-note). */
function makeTiles(): Log {
  const log = makeLog("ed25519");
  return { ...log, id: sha256(Buffer.from("log.example\n\x01", "latin1"), log.spki.subarray(-32)) };
}

/** sigstore/rekor-tiles, rekor_service.proto: CreateEntry. */
function tiled(log: Log, body: Buffer): object {
  const { hashedRekordRequestV002: request } = JSON.parse(body.toString()) as {
    hashedRekordRequestV002: { digest: string; signature: object };
  };
  const data = { algorithm: "SHA2_256", digest: request.digest };
  const recorded = { apiVersion: "0.0.2", kind: "hashedrekord", spec: { hashedRekordV002: { data, signature: request.signature } } };
  return logEntry(log, sorted(recorded) as object, { index: LEAF });
}

interface Proposed {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: { readonly proposedContent?: { readonly envelope: string; readonly verifiers: readonly string[] } };
}

/** sigstore/rekor, openapi.yaml: createLogEntry. */
function logged(instance: Instance, body: Buffer): object {
  const proposed = JSON.parse(body.toString()) as Proposed;
  const entry = logEntry(instance.log, sorted(recorded(proposed)) as object, { at: now(), index: LEAF });
  const { inclusionProof, canonicalizedBody, integratedTime, inclusionPromise } = entry as typeof entry & {
    readonly integratedTime: string;
    readonly inclusionPromise: { readonly signedEntryTimestamp: string };
  };
  const hex = (text: string): string => Buffer.from(text, "base64").toString("hex");
  const uuid = sha256(Buffer.of(0), Buffer.from(canonicalizedBody, "base64")).toString("hex");
  const proof = {
    checkpoint: inclusionProof.checkpoint.envelope,
    hashes: inclusionProof.hashes.map(hex),
    logIndex: Number(inclusionProof.logIndex),
    rootHash: hex(inclusionProof.rootHash),
    treeSize: Number(inclusionProof.treeSize),
  };
  return {
    [`${"1".repeat(16)}${uuid}`]: {
      body: canonicalizedBody,
      integratedTime: Number(integratedTime),
      logID: instance.log.id.toString("hex"),
      logIndex: Number(entry.logIndex),
      verification: { inclusionProof: proof, signedEntryTimestamp: inclusionPromise.signedEntryTimestamp },
    },
  };
}

/** What the log keeps of what was proposed: hashes in the place of an envelope. */
function recorded({ apiVersion, kind, spec }: Proposed): object {
  const { proposedContent } = spec;
  if (proposedContent === undefined) return { apiVersion, kind, spec };
  const { payload, signatures } = JSON.parse(proposedContent.envelope) as { payload: string; signatures: readonly { sig: string }[] };
  const hash = (bytes: Uint8Array): object => ({ algorithm: "sha256", value: sha256(bytes).toString("hex") });
  const [verifier] = proposedContent.verifiers;
  return {
    apiVersion,
    kind,
    spec: {
      envelopeHash: hash(Buffer.from(proposedContent.envelope)),
      payloadHash: hash(Buffer.from(payload, "base64")),
      signatures: signatures.map(({ sig }) => ({ signature: sig, verifier })),
    },
  };
}

/** Canonical JSON (RFC 8785) has its members in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}

/** RFC 3161, 2.4.1: version, then the imprint with its algorithm. */
function imprintIn(request: Buffer): Uint8Array {
  const [, imprint] = sequence(readDer(request, "request"), "request");
  const [, digest] = sequence(imprint, "request");
  return digest?.content ?? Buffer.alloc(0);
}

function rootDocument(instance: Instance, url: string): object {
  const root = rootOf(instance);
  // The name under which the log signs its checkpoints is the host of its address.
  const named = (log: (typeof root.tlogs)[number]): object => ({ ...log, baseUrl: "https://log.example", hashAlgorithm: "SHA2_256" });
  return {
    ...root,
    tlogs: root.tlogs.map(named),
    ctlogs: root.ctlogs.map(named),
    certificateAuthorities: root.certificateAuthorities.map((each) => ({ ...each, uri: url, subject: { commonName: "issuing" } })),
    timestampAuthorities: root.timestampAuthorities.map((each) => ({ ...each, uri: url, subject: { commonName: "stamper" } })),
  };
}

/** sigstore/protobuf-specs, sigstore_trustroot.proto: SigningConfig. */
function configOf(url: string, { log, timestamps }: Services): object {
  const service = (path: string, majorApiVersion = 1): object => ({
    url: `${url}${path}`,
    majorApiVersion,
    validFor: { start: "2025-01-01T00:00:00Z" },
    operator: "test.example",
  });
  return {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: [service("")],
    oidcUrls: [service("")],
    rekorTlogUrls: log === "none" ? [] : [service("", log === "first" ? 1 : 2)],
    rekorTlogConfig: { selector: "ANY" },
    tsaUrls: timestamps ? [service("/api/v1/timestamp")] : [],
    tsaConfig: { selector: "ANY" },
  };
}
