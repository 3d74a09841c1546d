import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { BUNDLE_TYPE, statementOf } from "../../fixtures/cosign.ts";
import { type LayoutWriter, writeLayout } from "../../fixtures/image-layout.ts";
import { goodBundle, ISSUER, makeInstance, rootOf, SUBJECT } from "../../fixtures/sigstore.ts";
import { run } from "./run.ts";

const instance = makeInstance();
let layout: LayoutWriter;
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-signers-"));
  layout = await writeLayout();
  const image = await layout.image("the image", "1.0");
  const bundle = JSON.stringify(goodBundle(instance, { statement: statementOf(image.digest) }));
  const [layer, config] = [await layout.blob(bundle, BUNDLE_TYPE), await layout.blob("{}", "application/vnd.oci.empty.v1+json")];
  await layout.manifest({ mediaType: OCI_MANIFEST, artifactType: BUNDLE_TYPE, config, layers: [layer], subject: image });
  await layout.finish();
  writeFileSync(join(layout.dir, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
});
afterAll(async () => {
  await layout.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function verdictOf(subject: string, root: object): Promise<unknown> {
  writeFileSync(join(folder, "trusted_root.json"), JSON.stringify(root));
  const policy = join(folder, "policy.yaml");
  const identity = `{ name: ci, issuer: "${ISSUER}", subject: "${subject}" }`;
  writeFileSync(
    policy,
    `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: signed }
mode: enforce
trust: { identities: [${identity}], sigstore: [{ name: own, root: trusted_root.json }] }
rules:
  - { id: signed, rule: signature-required, signers: [ci], grace: 0s, untaggedGrace: 0s }
`,
  );
  return JSON.parse((await run(["check", `oci:${layout.dir}`, "--policy", policy, "--json"])).out);
}

test("check verifies the signature of an identity by the root beside the policy", async () => {
  expect(await verdictOf(SUBJECT, rootOf(instance))).toMatchObject({ verdict: "compliant" });
  expect(await verdictOf(SUBJECT.replace("release.yml", "*"), rootOf(instance))).toMatchObject({ verdict: "compliant" });
});

test("check takes no other identity, and none of another root", async () => {
  expect(await verdictOf(SUBJECT.replace("main", "dev"), rootOf(instance))).toMatchObject({ verdict: "violating" });
  expect(await verdictOf(SUBJECT, rootOf(makeInstance()))).toMatchObject({ verdict: "violating" });
});
