import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDigest } from "../../../shared/domain/digest.ts";
import { resourceOf } from "../../../shared/signatures/binauthz/judge.ts";
import { attestorDocument, attestorSigner, IMAGE, occurrenceOf, payloadOf } from "../../fixtures/binauthz.ts";
import { type LayoutWriter, writeLayout } from "../../fixtures/image-layout.ts";
import { run } from "./run.ts";

const signer = attestorSigner("EC_SIGN_P256_SHA256");
const NAME = `${IMAGE.registry}/${IMAGE.repository}:1.0`;
let layout: LayoutWriter;
let folder = "";
let files: Readonly<Record<"attested" | "others", string>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-attested-"));
  layout = await writeLayout();
  const image = { ...IMAGE, digest: parseDigest((await layout.image("the image", "1.0")).digest) };
  await layout.finish();
  writeFileSync(join(layout.dir, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(join(folder, "ci.json"), JSON.stringify(attestorDocument([signer.key])));
  writeFileSync(
    join(folder, "policy.yaml"),
    `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: attested }
mode: enforce
trust: { attestors: [{ name: ci, file: ci.json }] }
rules:
  - { id: attested, rule: signature-required, signers: [ci], grace: 0s, untaggedGrace: 0s }
`,
  );
  const put = (name: string, document: object): string => {
    writeFileSync(join(folder, name), JSON.stringify([document]));
    return join(folder, name);
  };
  const attested = { ...occurrenceOf(signer, payloadOf(image)), resourceUri: resourceOf(image) };
  files = { attested: put("attested.json", attested), others: put("others.json", occurrenceOf(signer)) };
});
afterAll(async () => {
  await layout.remove();
  rmSync(folder, { recursive: true, force: true });
});

function judge(verb: "check" | "verify", ...more: readonly string[]) {
  return run([verb, `oci:${layout.dir}`, "--as", NAME, "--policy", join(folder, "policy.yaml"), "--json", ...more]);
}

test("check takes exported attestations, and a policy's attestor makes the image compliant", async () => {
  const { out, exit } = await judge("check", "--attestations", files.attested);
  expect({ exit, verdict: JSON.parse(out).verdict }).toEqual({ exit: 0, verdict: "compliant" });
});

test("T30: an attestation of another image, or of this one elsewhere, makes nothing compliant", async () => {
  expect((await judge("check", "--attestations", files.others)).exit).toBe(1);
  const elsewhere = [
    "check",
    `oci:${layout.dir}`,
    "--as",
    `${IMAGE.registry}/acme/shop/other:1.0`,
    "--policy",
    join(folder, "policy.yaml"),
  ];
  expect((await run([...elsewhere, "--attestations", files.attested])).exit).toBe(1);
});

test("without a place of attestations it is not known whether somebody attested, and never 'unsigned'", async () => {
  const { out, exit } = await judge("check");
  expect({ exit, verdict: JSON.parse(out).verdict }).toEqual({ exit: 2, verdict: "indeterminate" });
  expect((await judge("verify")).exit).toBe(2);
});

test("verify lists the attestation with its signer", async () => {
  const { out, exit } = await judge("verify", "--attestations", files.attested);
  expect(exit).toBe(0);
  expect(JSON.parse(out).signatures).toMatchObject([{ format: "binauthz", says: "signature", outcome: "ok", identity: "ci" }]);
});

test("a file that is no export is a wrong command line", async () => {
  expect((await judge("check", "--attestations", join(folder, "policy.yaml"))).exit).toBe(3);
});
