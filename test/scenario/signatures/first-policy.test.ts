import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { type Pushed, pushBlob, pushImage, pushManifest } from "../../fakes/pusher.ts";
import { type Around, type ServedRegistry, serveRegistry } from "../../fakes/served-registry.ts";
import { BUNDLE_TYPE, bundleOf, ecSigner, statementOf } from "../../fixtures/cosign.ts";
import { type Ran, run } from "../../unit/cli/run.ts";

// Who signed an image in a registry, first without any trust, then by a policy that was made of it, then with a registry that fails or lies.
const [release, stranger] = [ecSigner("prime256v1"), ecSigner("prime256v1")];
const REPOSITORY = "shop/api";

let around: Around | undefined;
let registry: ServedRegistry;
let folder = "";

beforeEach(async () => {
  around = undefined;
  registry = await serveRegistry({ around: async (request, inner) => (around === undefined ? inner(request) : around(request, inner)) });
  folder = mkdtempSync(join(tmpdir(), "moorgate-first-policy-"));
  writeFileSync(join(folder, "release.pub"), release.key.pem);
});
afterEach(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

async function sign(image: Pushed, by = release): Promise<void> {
  const { bytes: _, ...subject } = image;
  const layer = await pushBlob(registry, REPOSITORY, JSON.stringify(bundleOf(by, statementOf(image.digest))), BUNDLE_TYPE);
  const config = await pushBlob(registry, REPOSITORY, "{}", "application/vnd.oci.empty.v1+json");
  await pushManifest(registry, REPOSITORY, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: BUNDLE_TYPE,
    config,
    layers: [layer],
    subject,
  });
}

const at = (name: string): string => join(folder, name);
const named = (tag: string): string => `${registry.host}/${REPOSITORY}:${tag}`;

async function verify(tag: string, ...words: readonly string[]): Promise<Ran> {
  return run(["verify", named(tag), ...words, "--json"]);
}

test("claims become trust only by the key of whoever signed, and the policy that is written holds others off", async () => {
  await sign(await pushImage(registry, REPOSITORY, "ours", "1.0"));
  await sign(await pushImage(registry, REPOSITORY, "theirs", "6.6"), stranger);
  expect((await verify("1.0")).exit).toBe(2);

  const blind = await run(["trust", "init", named("1.0"), "--out", at("policy.yaml"), "--json"]);
  expect(blind.exit).toBe(1);
  expect(JSON.parse(blind.out)).toMatchObject({ written: false, trusted: [], unverified: [{ outcome: "not-verified" }] });
  expect(JSON.parse(blind.out).needs).toHaveLength(1);

  const written = await run(["trust", "init", named("1.0"), "--key", at("release.pub"), "--out", at("policy.yaml"), "--json"]);
  expect(JSON.parse(written.out)).toMatchObject({
    written: true,
    trusted: [{ kind: "key", name: "release", file: at("release.pub") }],
    needs: [],
  });
  expect(await verify("1.0", "--policy", at("policy.yaml"))).toMatchObject({ exit: 0 });
  expect(await verify("6.6", "--policy", at("policy.yaml"))).toMatchObject({ exit: 1 });
  expect((await run(["check", named("6.6"), "--policy", at("policy.yaml")])).exit).toBe(1);

  const before = readFileSync(at("policy.yaml"), "utf8");
  expect((await run(["trust", "init", named("6.6"), "--key", at("release.pub"), "--out", at("policy.yaml")])).exit).toBe(3);
  expect(readFileSync(at("policy.yaml"), "utf8")).toBe(before);
});

test("a stranger's key that is added by hand counts from then on", async () => {
  await sign(await pushImage(registry, REPOSITORY, "ours", "1.0"));
  const image = await pushImage(registry, REPOSITORY, "theirs", "6.6");
  await sign(image, stranger);
  await run(["trust", "init", named("1.0"), "--key", at("release.pub"), "--out", at("policy.yaml")]);
  writeFileSync(at("partner.pub"), stranger.key.pem);
  expect((await run(["trust", "add-key", at("partner.pub"), "--name", "partner", "--policy", at("policy.yaml")])).exit).toBe(0);
  const after = JSON.parse((await verify("6.6", "--policy", at("policy.yaml"))).out);
  // Trusted now, but the rule asks for somebody else.
  expect(after).toMatchObject({ verdict: "not-enough", signatures: [{ outcome: "ok", identity: "partner" }] });
});

test("T62, T64: a registry that does not tell of signatures leaves it open, and is named", async () => {
  await sign(await pushImage(registry, REPOSITORY, "ours", "1.0"));
  await run(["trust", "init", named("1.0"), "--key", at("release.pub"), "--out", at("policy.yaml")]);
  around = async (request, inner) => (request.url.includes("/referrers/") ? new Response("no", { status: 403 }) : inner(request));
  const ran = await verify("1.0", "--policy", at("policy.yaml"));
  expect(ran.exit).toBe(2);
  const answer = JSON.parse(ran.out);
  expect(answer).toMatchObject({ verdict: "unknown", signatures: [], rules: [{ state: "unknown" }] });
  expect(answer.unavailable).toContain("403");
  expect(answer.asked[0]).toEqual({ place: "referrers-api", found: "unavailable" });
});

test("T05: bytes that are not those of their digest are no image", async () => {
  const image = await pushImage(registry, REPOSITORY, "ours", "1.0");
  const other = await pushImage(registry, REPOSITORY, "theirs", "6.6");
  await sign(image);
  around = async (request, inner) => inner(new Request(request.url.replace(image.digest, other.digest), request));
  expect((await verify("1.0", "--key", at("release.pub"))).exit).toBe(4);
});

test("a registry without the referrers API is asked by its tags, and both are named", async () => {
  const image = await pushImage(registry, REPOSITORY, "ours", "1.0");
  await sign(image);
  const listed = await registry.send("GET", `/v2/${REPOSITORY}/referrers/${image.digest}`);
  await pushManifest(registry, REPOSITORY, JSON.parse(await listed.text()), image.digest.replace(":", "-"));
  around = async (request, inner) => (request.url.includes("/referrers/") ? new Response("", { status: 404 }) : inner(request));
  const ran = await verify("1.0", "--key", at("release.pub"));
  expect(ran.exit).toBe(0);
  expect(JSON.parse(ran.out).asked.slice(0, 2)).toEqual([
    { place: "referrers-api", found: "unsupported" },
    { place: "tag", tag: image.digest.replace(":", "-"), found: 1 },
  ]);
});
