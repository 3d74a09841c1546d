import { afterEach, expect, test } from "vitest";
import { buildReferrer } from "../../../functions/local/samples/image.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { giving, openPlace, type Place } from "../../fakes/authority.ts";
import { openServers } from "../../fakes/servers.ts";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { bytesOf, headerOf, jwsOf, rootName, type Signing, SUBJECT } from "../../fixtures/notation.ts";
import { asking, crlOf } from "../../fixtures/revocation.ts";
import { authority, certify, keyUsage } from "../../fixtures/x509.ts";

const DAY = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();
const VALID = { notBefore: inDays(-1), notAfter: inDays(365) };
const TIMES = { thisUpdate: inDays(-0.5), nextUpdate: inDays(0.5) };

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: dry-run
trust: { notation: { name: notaries, policy: trustpolicy.json, store: truststore } }
rules:
  - { id: signed, rule: signature-required, grace: 0s, untaggedGrace: 0s }
`;
const TRUST_POLICY = JSON.stringify({
  version: "1.0",
  trustPolicies: [
    { name: "all", registryScopes: ["*"], signatureVerification: { level: "strict" }, trustStores: ["ca:acme"], trustedIdentities: ["*"] },
  ],
});

const servers = openServers();
let gate: SmallGate | undefined;
afterEach(() => Promise.all([servers.close(), gate?.stop()]));

async function open(place: Place, internalHosts = [place.host]): Promise<{ readonly gate: SmallGate; readonly made: Signing }> {
  const root = certify({ subject: rootName, extensions: authority(0), ...VALID });
  const extensions = [keyUsage([0]), ...asking([], [place.url])];
  const leaf = certify({ subject: SUBJECT, issuer: root, serial: 77, extensions, ...VALID });
  const pem = `-----BEGIN CERTIFICATE-----\n${root.bytes.toString("base64")}\n-----END CERTIFICATE-----\n`;
  const files = { "trustpolicy.json": TRUST_POLICY, "truststore/x509/ca/acme/root.pem": pem };
  gate = await startSmallGate(POLICY, "off", { files, internalHosts });
  return { gate, made: { root, leaf } };
}

async function pushSigned(to: SmallGate, made: Signing, name: string): Promise<ImageKey> {
  const image = imageNamed(name);
  const { digest, mediaType, bytes } = image.manifest;
  const envelope = jwsOf(made, headerOf(), { targetArtifact: { mediaType, digest, size: bytes.length } });
  const layer = { mediaType: "application/jose+json", bytes: bytesOf(envelope) };
  const artifactType = "application/vnd.cncf.notary.signature";
  const key = await to.push("shop/api", name, image);
  await to.attach("shop/api", buildReferrer({ subject: image.manifest, artifactType, layer, annotations: {} }));
  await to.drain();
  return key;
}

const verdictOf = async (at: SmallGate, key: ImageKey): Promise<string | undefined> => (await at.record(key)).verdict?.kind;

test("T25 the gate asks whether a signer's certificate has been revoked, once for all images", async () => {
  const place = await openPlace(servers);
  const { gate, made } = await open(place);
  place.does(giving(crlOf(made.root, [], TIMES)));
  const keys = [await pushSigned(gate, made, "one"), await pushSigned(gate, made, "two")];
  expect(await Promise.all(keys.map((key) => verdictOf(gate, key)))).toEqual(["compliant", "compliant"]);
  expect(place.server.heard.length).toBe(1);
});

test("T25 a signature by a revoked certificate is none", async () => {
  const place = await openPlace(servers);
  const { gate, made } = await open(place);
  place.does(giving(crlOf(made.root, [77], TIMES)));
  expect(await verdictOf(gate, await pushSigned(gate, made, "one"))).toBe("violating");
});

test("T53 where nobody may be asked the verdict is open, neither good nor bad", async () => {
  const place = await openPlace(servers);
  const { gate, made } = await open(place, []);
  place.does(giving(crlOf(made.root, [], TIMES)));
  expect(await verdictOf(gate, await pushSigned(gate, made, "one"))).toBe("indeterminate");
  expect(place.server.heard).toEqual([]);
});
