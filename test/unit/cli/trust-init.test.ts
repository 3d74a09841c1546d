import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { bundleOf, ecSigner, statementOf } from "../../fixtures/cosign.ts";
import { type LayoutWriter, type Stored, writeLayout } from "../../fixtures/image-layout.ts";
import { membersOf } from "../../fixtures/members.ts";
import { attachBundle, PROVENANCE } from "../../fixtures/signed-image.ts";
import { goodBundle, ISSUER, mail, makeInstance, rootOf, SUBJECT, subjectNames } from "../../fixtures/sigstore.ts";
import { run } from "./run.ts";

const instance = makeInstance();
const [release, stranger] = [ecSigner("prime256v1"), ecSigner("prime256v1")];
const folder = mkdtempSync(join(tmpdir(), "moorgate-init-"));
const at = (name: string): string => join(folder, name);
const layouts: LayoutWriter[] = [];

beforeAll(() => {
  writeFileSync(at("cosign.pub"), release.key.pem);
  writeFileSync(at("trusted_root.json"), JSON.stringify(rootOf(instance)));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all(layouts.map((layout) => layout.remove()));
});

async function imageWith(...attach: readonly ((layout: LayoutWriter, image: Stored) => Promise<unknown>)[]): Promise<string> {
  const layout = await writeLayout();
  layouts.push(layout);
  writeFileSync(join(layout.dir, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const image = await layout.image("an image", "1.0");
  for (const each of attach) await each(layout, image);
  await layout.finish();
  return `oci:${layout.dir}:1.0`;
}

const byKey =
  (by = release, more = {}) =>
  (layout: LayoutWriter, image: Stored) =>
    attachBundle(layout, image, bundleOf(by, statementOf(image.digest, more)));
const byCertificate =
  (signing: Parameters<typeof goodBundle>[1] = {}) =>
  (layout: LayoutWriter, image: Stored) =>
    attachBundle(layout, image, goodBundle(instance, { statement: statementOf(image.digest), ...signing }));

const GIVEN = ["--key", at("cosign.pub"), "--trusted-root", at("trusted_root.json")] as const;
const printed = async (image: string): Promise<string> => (await run(["trust", "init", image, ...GIVEN, "--stdout"])).out;

describe("the policy that is written", () => {
  test("trusts whom it verified by key and by exact identity, and is met by the image", async () => {
    const image = await imageWith(byKey(), byCertificate(), byKey(release, { predicateType: PROVENANCE }));
    writeFileSync(at("own.yaml"), await printed(image));
    expect(parse(await printed(image))).toMatchObject({
      mode: "dry-run",
      trust: {
        keys: [{ name: "cosign", file: at("cosign.pub") }],
        identities: [{ name: "release", issuer: ISSUER, subject: SUBJECT }],
        sigstore: [{ root: at("trusted_root.json") }],
      },
      rules: [
        { rule: "signature-required", signers: ["cosign", "release"] },
        { rule: "attestation-required", predicateType: PROVENANCE, signers: ["cosign"] },
      ],
    });
    expect((await run(["policy", "check", at("own.yaml")])).exit).toBe(0);
    expect((await run(["verify", image, "--policy", at("own.yaml")])).exit).toBe(0);
    expect((await run(["verify", await imageWith(byKey(stranger)), "--policy", at("own.yaml")])).exit).toBe(1);
  });

  test("has what was not verified in comments alone", async () => {
    const text = await printed(await imageWith(byKey(), byKey(stranger, { predicateType: "https://example.com/other" })));
    expect(text).toContain("#   signature-invalid: attestation https://example.com/other");
    expect(JSON.stringify(parse(text))).not.toContain("example.com/other");
  });

  test("names nobody whose certificate leads to another root", async () => {
    const other = makeInstance();
    const foreign = (layout: LayoutWriter, image: Stored) =>
      attachBundle(layout, image, goodBundle(other, { statement: statementOf(image.digest) }));
    const ran = await run(["trust", "init", await imageWith(foreign), ...GIVEN, "--out", at("never.yaml"), "--json"]);
    expect(ran.exit).toBe(1);
    expect(JSON.parse(ran.out)).toMatchObject({ written: false, trusted: [], unverified: [{ outcome: "no-transparency-log" }] });
  });

  test("trusts no identity whose text would be a pattern", async () => {
    const star = byCertificate({ names: subjectNames(mail("*@example.com")) });
    const text = await printed(await imageWith(byKey(), star));
    expect(parse(text).trust).not.toHaveProperty("identities");
    expect(text).toContain("#   ");
  });

  test.each([
    ["a line of its own", 'x"\nrules: []\ntrust: { keys: [] }\n#'],
    ["separators that some take for line ends", "x\u0085a: b\u2028c: d"],
    ["an escape that turns colours on", "x\u001b[31m"],
  ])("stays what it is whatever strangers write: %s", async (_, predicateType) => {
    const text = await printed(await imageWith(byKey(), byKey(stranger, { predicateType }), byKey(release, { predicateType })));
    expect(Object.keys(parse(text))).toEqual(["apiVersion", "kind", "metadata", "mode", "trust", "rules"]);
    expect(parse(text).trust.keys).toHaveLength(1);
    expect(parse(text).rules.map(({ id }: { readonly id: string }) => id)).toEqual(["signed", "attested-1"]);
    expect(parse(text).rules[1].predicateType).toBe(predicateType);
    expect(text).toMatch(/^[\n -~]*$/);
  });
});

test("what has to be given is told, by what was found", async () => {
  const needs = async (image: string): Promise<readonly string[]> =>
    JSON.parse((await run(["trust", "init", image, "--out", at("never.yaml"), "--json"])).out).needs;
  expect(await needs(await imageWith())).toEqual([]);
  expect(await needs(await imageWith(byKey()))).toEqual([expect.stringContaining("--key")]);
  expect(await needs(await imageWith(byCertificate()))).toEqual([expect.stringContaining("--trusted-root")]);
});

test("JSON has these members, and no others", async () => {
  const ran = await run(["trust", "init", await imageWith(byKey(), byCertificate()), ...GIVEN, "--out", at("shape.yaml"), "--json"]);
  expect(ran.exit).toBe(0);
  expect(membersOf(JSON.parse(ran.out))).toEqual(
    "digest file image needs trusted[].file trusted[].issuer trusted[].kind trusted[].name trusted[].subject unverified written".split(" "),
  );
});

test.each([
  ["half of Notation", ["--notation-policy", "p.json"]],
  ["two forms", ["--stdout", "--json"]],
  ["a private key", ["--key", at("secret.pem")]],
  ["a root that is none", ["--trusted-root", at("cosign.pub")]],
])("%s is refused", async (_, words) => {
  writeFileSync(at("secret.pem"), String(release.privateKey.export({ type: "pkcs8", format: "pem" })));
  const image = await imageWith(byCertificate());
  expect((await run(["trust", "init", image, "--out", at("never.yaml"), ...words])).exit).toBe(3);
});
