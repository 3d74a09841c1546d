import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { giving, openPlace, type Place } from "../../fakes/authority.ts";
import { openServers } from "../../fakes/servers.ts";
import { type LayoutWriter, writeLayout } from "../../fixtures/image-layout.ts";
import { bytesOf, headerOf, jwsOf, type Signing } from "../../fixtures/notation.ts";
import { listToday, NOTATION_POLICY, notationFiles, signingToday, writeFiles } from "../../fixtures/notation-files.ts";
import { run } from "./run.ts";

const servers = openServers();
let place: Place;
let made: Signing;
let layout: LayoutWriter;
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-revocation-"));
  place = await openPlace(servers);
  made = signingToday(place.url);
  writeFiles(folder, { "policy.yaml": NOTATION_POLICY, ...notationFiles(made) });
  layout = await writeLayout();
  const image = await layout.image("the image", "1.0");
  const { mediaType, digest, size } = image;
  const envelope = bytesOf(jwsOf(made, headerOf(), { targetArtifact: { mediaType, digest, size } })).toString();
  const [layer, config] = [
    await layout.blob(envelope, "application/jose+json"),
    await layout.blob("{}", "application/vnd.oci.empty.v1+json"),
  ];
  const artifactType = "application/vnd.cncf.notary.signature";
  await layout.manifest({ mediaType: OCI_MANIFEST, artifactType, config, layers: [layer], subject: image });
  await layout.finish();
  writeFiles(layout.dir, { "oci-layout": JSON.stringify({ imageLayoutVersion: "1.0.0" }) });
});
afterEach(() => place.does(giving()));
afterAll(async () => {
  await Promise.all([servers.close(), layout.remove()]);
  rmSync(folder, { recursive: true, force: true });
});

async function verdictOf(verb: "check" | "verify", ...flags: readonly string[]): Promise<unknown> {
  const { out } = await run([verb, `oci:${layout.dir}`, "--policy", join(folder, "policy.yaml"), "--json", ...flags]);
  return (JSON.parse(out) as { readonly verdict?: unknown }).verdict;
}

test("T25 check and verify ask whether the signer's certificate has been revoked, of the own network only where it is named", async () => {
  place.does(giving(listToday(made)));
  const named = ["--internal-host", place.host];
  expect(await verdictOf("check")).toBe("indeterminate");
  expect(place.server.heard).toEqual([]);
  expect([await verdictOf("check", ...named), await verdictOf("verify", ...named)]).toEqual(["compliant", "enough"]);
  place.does(giving(listToday(made, 77)));
  expect([await verdictOf("check", ...named), await verdictOf("verify", ...named)]).toEqual(["violating", "not-enough"]);
});

test("what is no host is wrong use", async () => {
  const { exit } = await run([
    "check",
    `oci:${layout.dir}`,
    "--policy",
    join(folder, "policy.yaml"),
    "--internal-host",
    "http://pki.example/",
  ]);
  expect(exit).toBe(3);
});
