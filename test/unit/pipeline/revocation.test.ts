import { afterEach, expect, test } from "vitest";
import { buildReferrer } from "../../../functions/local/samples/image.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { giving, openPlace, type Place } from "../../fakes/authority.ts";
import { openServers } from "../../fakes/servers.ts";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { bytesOf, headerOf, jwsOf, type Signing } from "../../fixtures/notation.ts";
import { listToday, NOTATION_POLICY, notationFiles, signingToday } from "../../fixtures/notation-files.ts";

const servers = openServers();
let gate: SmallGate | undefined;
afterEach(() => Promise.all([servers.close(), gate?.stop()]));

async function open(place: Place, internalHosts = [place.host]): Promise<{ readonly gate: SmallGate; readonly made: Signing }> {
  const made = signingToday(place.url);
  gate = await startSmallGate(NOTATION_POLICY, "off", { files: notationFiles(made), internalHosts });
  return { gate, made };
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
  place.does(giving(listToday(made)));
  const keys = [await pushSigned(gate, made, "one"), await pushSigned(gate, made, "two")];
  expect(await Promise.all(keys.map((key) => verdictOf(gate, key)))).toEqual(["compliant", "compliant"]);
  expect(place.server.heard.length).toBe(1);
});

test("T25 a signature by a revoked certificate is none", async () => {
  const place = await openPlace(servers);
  const { gate, made } = await open(place);
  place.does(giving(listToday(made, 77)));
  expect(await verdictOf(gate, await pushSigned(gate, made, "one"))).toBe("violating");
});

test("T53 where nobody may be asked the verdict is open, neither good nor bad", async () => {
  const place = await openPlace(servers);
  const { gate, made } = await open(place, []);
  place.does(giving(listToday(made)));
  expect(await verdictOf(gate, await pushSigned(gate, made, "one"))).toBe("indeterminate");
  expect(place.server.heard).toEqual([]);
});
