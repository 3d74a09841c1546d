import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Built, buildReferrer, type Content } from "../../../functions/local/samples/image.ts";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { parseInstant } from "../../../shared/domain/time.ts";
import { giving, openPlace, type Place, signer } from "../../fakes/authority.ts";
import { answer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { bytesOf, headerOf, jwsOf, NOTARY, type Signing, signing } from "../../fixtures/notation.ts";
import { crlOf } from "../../fixtures/revocation.ts";
import { goodBundle, type Instance, ISSUER, makeInstance, rootOf, SUBJECT } from "../../fixtures/sigstore.ts";

const NOW = parseInstant("2026-11-21T12:00:00Z");
const REPOSITORY = "shop/api";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
// Nothing is held, so that all that changes is what is known.
const policyOf = (trust: string, rule = "{ id: signed, rule: signature-required, grace: 0s }"): string => `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: dry-run
trust: { ${trust} }
rules:
  - ${rule}
`;
const NOTATION = policyOf("notation: { name: notaries, policy: trustpolicy.json, store: truststore }");
// No rule asks for a signature, and none looks at one.
const UNASKED = policyOf(
  "notation: { name: notaries, policy: trustpolicy.json, store: truststore }",
  "{ id: known, rule: severity-threshold, atLeast: critical, level: audit }",
);

const servers = openServers();
let gate: SmallGate;
afterEach(async () => {
  await gate.stop();
  await servers.close();
});

async function told(): Promise<readonly string[]> {
  const entries = await gate.gate.deps.ledger.journal(0, 500);
  return entries.flatMap(({ event }) => (event.kind === "signature" ? [`${event.state}: ${event.loss.cause}`] : []));
}

async function verdictOf(key: ImageKey): Promise<string | undefined> {
  return (await gate.record(key)).verdict?.kind;
}

function trustIn({ root }: Signing): Readonly<Record<string, string>> {
  const statement = {
    name: "shop",
    registryScopes: ["*"],
    signatureVerification: { level: "strict" },
    trustStores: ["ca:acme"],
    trustedIdentities: ["*"],
  };
  return {
    "trustpolicy.json": JSON.stringify({ version: "1.0", trustPolicies: [statement] }),
    "truststore/x509/ca/acme/root.pem": `-----BEGIN CERTIFICATE-----\n${root.bytes.toString("base64")}\n-----END CERTIFICATE-----\n`,
  };
}

function notationSignature(made: Signing, { mediaType, digest, bytes }: Content, header: Readonly<Record<string, unknown>> = {}): Built {
  const payload = { targetArtifact: { mediaType, digest, size: bytes.length } };
  const layer = { mediaType: "application/jose+json", bytes: bytesOf(jwsOf(made, headerOf(header), payload)) };
  return buildReferrer({
    subject: { mediaType, digest, bytes },
    artifactType: "application/vnd.cncf.notary.signature",
    layer,
    annotations: {},
  });
}

async function pushSigned(made: Signing, header: Readonly<Record<string, unknown>> = {}): Promise<ImageKey> {
  const image = imageNamed("signed");
  await gate.attach(REPOSITORY, notationSignature(made, image.manifest, header));
  const key = await gate.push(REPOSITORY, "1.0", image);
  await gate.drain();
  expect(await verdictOf(key)).toBe("compliant");
  return key;
}

describe("a signature that expires", () => {
  const expiry = { crit: [`${NOTARY}.signingScheme`, `${NOTARY}.expiry`], [`${NOTARY}.expiry`]: "2026-11-21T13:00:00Z" };

  test.each([
    ["that a rule asks for", NOTATION, "violating"],
    ["that no rule asks for", UNASKED, "compliant"],
  ])("and %s has its image judged again at that time, and not before, without any event", async (_, policy, verdict) => {
    const made = signing();
    gate = await startSmallGate(policy, "off", { startAt: NOW, files: trustIn(made) });
    const key = await pushSigned(made, expiry);
    expect((await gate.record(key)).verdict?.recheckAt).toBe(parseInstant("2026-11-21T13:00:00Z"));
    gate.pass(HOUR - MINUTE);
    expect(await gate.drain()).toBe(0);
    gate.pass(MINUTE);
    expect(await gate.drain()).toBe(1);
    expect(await verdictOf(key)).toBe(verdict);
    expect(await told()).toEqual(["lost: expired"]);
  });

  test("while nobody works is found by the first sweep afterwards, though its job is lost", async () => {
    const made = signing();
    gate = await startSmallGate(NOTATION, "off", { startAt: NOW, files: trustIn(made) });
    const key = await pushSigned(made, expiry);
    gate.pass(2 * HOUR);
    const [job] = await gate.gate.deps.queue.claim(1, gate.gate.deps.clock.now(), MINUTE);
    if (job !== undefined) await gate.gate.deps.queue.finish(job, { kind: "park", why: "given up" }, gate.gate.deps.clock.now());
    expect(await gate.drain()).toBe(0);
    await gate.gate.operator.sweep();
    await gate.drain();
    expect(await verdictOf(key)).toBe("violating");
  });

  test("is judged again although the job for that was never written: the step before is done again as a whole", async () => {
    const made = signing();
    gate = await startSmallGate(NOTATION, "off", { startAt: NOW, files: trustIn(made) });
    const key = await pushSigned(made, expiry);
    const { queue, clock } = gate.gate.deps;
    // As where the process ended between the commit of the verdict and the job for later: there is none, and the step comes once more.
    gate.pass(HOUR);
    const [job] = await queue.claim(1, clock.now(), MINUTE);
    if (job !== undefined) await queue.finish(job, { kind: "done" }, clock.now());
    gate.pass(-HOUR);
    expect(await queue.nextAt()).toBeUndefined();
    await gate.announce({ action: "push", repository: REPOSITORY, digest: key.digest, tag: "1.0" });
    await gate.drain();
    expect(await queue.nextAt()).toBe(parseInstant("2026-11-21T13:00:00Z"));
  });
});

describe("a certificate that is revoked", () => {
  let place: Place;
  let made: Signing;
  const listUntil = (nextUpdate: string, ...serials: readonly number[]): void =>
    place.does(giving(crlOf(made.root, serials, { nextUpdate })));

  beforeEach(async () => {
    place = await openPlace(servers);
    made = signer([], [place.url]);
    listUntil("2026-11-21T14:00:00Z");
    gate = await startSmallGate(NOTATION, "off", { startAt: NOW, files: trustIn(made), internalHosts: [place.host] });
  });

  test("has its images judged again when the answer about it has grown old, and is told", async () => {
    const key = await pushSigned(made);
    listUntil("2026-11-22T14:00:00Z", 77);
    gate.pass(HOUR);
    expect(await gate.drain()).toBe(0);
    gate.pass(HOUR + MINUTE);
    await gate.drain();
    expect(await verdictOf(key)).toBe("violating");
    expect(await told()).toEqual(["lost: revoked"]);
  });

  test("is not told while nobody answers: unknown is neither good nor lost; and it is asked again", async () => {
    const key = await pushSigned(made);
    place.does((_, response) => answer(response, 503));
    gate.pass(2 * HOUR + MINUTE);
    await gate.drain();
    expect(await verdictOf(key)).toBe("indeterminate");
    expect(await told()).toEqual([]);
    listUntil("2026-11-22T14:00:00Z");
    gate.pass(30 * MINUTE);
    await gate.drain();
    expect(await verdictOf(key)).toBe("compliant");
    expect(await told()).toEqual([]);
  });
});

describe("a root that is rotated", () => {
  const KEYLESS = policyOf(
    `keys: [{ name: release, file: release.pub }], identities: [{ name: ci, issuer: "${ISSUER}", subject: "${SUBJECT}" }], sigstore: [{ name: own, root: trusted_root.json }]`,
  );
  const textOf = (instance: Instance): string => JSON.stringify(rootOf(instance));

  function keyless(instance: Instance, image: Content): Built {
    const type = "application/vnd.dev.sigstore.bundle.v0.3+json";
    const bytes = Buffer.from(JSON.stringify(goodBundle(instance, { image: image.digest })));
    return buildReferrer({ subject: image, artifactType: type, layer: { mediaType: type, bytes }, annotations: {} });
  }

  test("has keyless images judged again: what only the old root vouches for is lost, what has a key stays signed", async () => {
    const [old, next] = [makeInstance(), makeInstance()];
    gate = await startSmallGate(KEYLESS, "off", { startAt: NOW, files: { "trusted_root.json": textOf(old) } });
    const [image, other] = [imageNamed("keyless"), imageNamed("keyed")];
    await gate.attach(REPOSITORY, keyless(old, image.manifest));
    await gate.attach(REPOSITORY, signImage(gate.key, other.manifest, "2026-01-01T00:00:00Z"));
    const key = await gate.push(REPOSITORY, "keyless", image);
    const keyed = await gate.push(REPOSITORY, "keyed", other);
    await gate.drain();
    expect([await verdictOf(key), await verdictOf(keyed)]).toEqual(["compliant", "compliant"]);
    await gate.changeFile("trusted_root.json", textOf(next));
    await gate.drain();
    expect([await verdictOf(key), await verdictOf(keyed)]).toEqual(["violating", "compliant"]);
    expect(await told()).toEqual(["lost: distrusted"]);
    await gate.changeFile("trusted_root.json", textOf(old));
    await gate.drain();
    expect(await verdictOf(key)).toBe("compliant");
    expect(await told()).toEqual(["lost: distrusted", "restored: distrusted"]);
  });
});
