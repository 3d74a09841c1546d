import { mkdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hexOf, parseDigest, referrersTag } from "../../../shared/domain/digest.ts";
import { parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { openLayout } from "../../../shared/oci/layout.ts";
import { parseSourceRef, resolveInLayout } from "../../../shared/oci/source-ref.ts";
import { type ImageFolder, makeImageFolder } from "../../fakes/image-folder.ts";
import { collect } from "../../fakes/oci-client.ts";

const any = parseRepository("any/name");
const nobody = parseDigest(`sha256:${"0".repeat(64)}`);
let folder: ImageFolder;
beforeEach(async () => {
  folder = await makeImageFolder();
});
afterEach(async () => rm(folder.dir, { recursive: true, force: true }));
const blobFile = (digest: Parameters<typeof hexOf>[0]): string => join(folder.dir, "blobs", "sha256", hexOf(digest));

describe("an image folder", () => {
  test("is read like a registry with one repository", async () => {
    const child = await folder.image("child");
    const index = await folder.index([child]);
    const other = await folder.image("other");
    await folder.list([index, "1.0"], [other, "r.example:5000/shop/api:2.0"], [other, "spaces are no tag"]);
    const layout = await openLayout(folder.dir);
    expect(await collect(layout.tags(any))).toEqual(["1.0", "2.0"]);
    expect(await layout.resolve(any, parseTag("1.0"))).toBe(index.digest);
    expect(await layout.resolve(any, parseTag("2.0"))).toBe(other.digest);
    expect(await layout.resolve(any, parseTag("3.0"))).toBeUndefined();
    expect(await layout.resolve(any, child.digest)).toBe(child.digest);
    expect(await layout.resolve(any, nobody)).toBeUndefined();
    expect(await layout.manifest(any, index.digest)).toMatchObject({ kind: "index", manifests: [{ digest: child.digest }] });
    expect(await layout.manifest(any, nobody)).toBeUndefined();
  });

  test("with one tag for two manifests does not choose", async () => {
    await folder.list([await folder.image("a"), "1.0"], [await folder.image("b"), "1.0"]);
    await expect((await openLayout(folder.dir)).resolve(any, parseTag("1.0"))).rejects.toMatchObject({ code: "malformed" });
  });

  test("gives blobs that are whole and right", async () => {
    await folder.list();
    const layout = await openLayout(folder.dir);
    const blob = await folder.blob("content");
    expect(Buffer.from(await layout.blob(any, blob, 7)).toString()).toBe("content");
    await expect(layout.blob(any, blob, 6)).rejects.toMatchObject({ code: "too-large" });
    await expect(layout.blob(any, { ...blob, size: 6 }, 100)).rejects.toMatchObject({ code: "malformed" });
    await expect(layout.blob(any, { digest: nobody, size: 1 }, 100)).rejects.toMatchObject({ code: "not-found" });
    await writeFile(blobFile(blob.digest), "changed");
    await expect(layout.blob(any, blob, 100)).rejects.toMatchObject({ code: "malformed" });
  });

  test("does not lead out of itself by links, and is not read beyond the limits (T61)", async () => {
    const image = await folder.image("a");
    await folder.list([image, "1.0"]);
    const layout = await openLayout(folder.dir);
    const outside = join(folder.dir, "..", `outside-${hexOf(image.digest).slice(0, 12)}`);
    await writeFile(outside, "secret");
    await rm(blobFile(image.digest));
    await symlink(outside, blobFile(image.digest));
    await expect(layout.manifest(any, image.digest)).rejects.toMatchObject({ code: "refused" });
    await expect(layout.blob(any, image, 10_000)).rejects.toMatchObject({ code: "refused" });
    await rm(outside);
    await rm(blobFile(image.digest));
    await mkdir(blobFile(image.digest));
    await expect(layout.manifest(any, image.digest)).rejects.toMatchObject({ code: "refused" });
    await rm(blobFile(image.digest), { recursive: true });
    await writeFile(blobFile(image.digest), "");
    await truncate(blobFile(image.digest), 5 * 1024 * 1024);
    await expect(layout.manifest(any, image.digest)).rejects.toMatchObject({ code: "too-large" });
  });

  test("may hold links inside of itself", async () => {
    const blob = await folder.blob("content");
    await folder.list();
    const target = `${blobFile(blob.digest)}-real`;
    await writeFile(target, "content");
    await rm(blobFile(blob.digest));
    await symlink(target, blobFile(blob.digest));
    expect(Buffer.from(await (await openLayout(folder.dir)).blob(any, blob, 100)).toString()).toBe("content");
  });

  test.each<[string, (dir: string) => Promise<void>, string]>([
    ["no folder", (dir) => rm(dir, { recursive: true }), "not-found"],
    ["no oci-layout", (dir) => rm(join(dir, "oci-layout")), "malformed"],
    ["a version of the future", (dir) => writeFile(join(dir, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}'), "unsupported"],
    ["no index", (dir) => rm(join(dir, "index.json")), "malformed"],
    ["an index that is none", (dir) => writeFile(join(dir, "index.json"), '{"manifests":[{"digest":"x"}]}'), "malformed"],
  ])("is refused with %s", async (_, damage, code) => {
    await folder.list();
    await damage(folder.dir);
    await expect(openLayout(folder.dir)).rejects.toMatchObject({ code });
  });
});

describe("referrers in a folder", () => {
  const digestsOf = async (digest: typeof nobody) =>
    (await (await openLayout(folder.dir)).referrers(any, digest)).map(({ manifest, tag }) => [manifest.digest, tag]);

  test("are those whose subject is the image, also inside of nested indexes", async () => {
    const image = await folder.image("a");
    const direct = await folder.referrer(image, "direct");
    const nested = await folder.referrer(image, "nested");
    const foreign = await folder.referrer(await folder.image("b"), "foreign");
    await folder.list([image, "1.0"], [direct], [await folder.index([await folder.index([nested, foreign])])]);
    expect(new Set((await digestsOf(image.digest)).map(([digest]) => digest))).toEqual(new Set([direct.digest, nested.digest]));
  });

  test("are also found by the fallback tag and the legacy tags", async () => {
    const image = await folder.image("a");
    const listed = await folder.referrer(image, "listed");
    const signature = await folder.image("signature");
    const name = image.digest.replace(":", "-");
    await folder.list(
      [image, "1.0"],
      [await folder.index([listed]), referrersTag(image.digest)],
      [signature, `${name}.sig`],
      [signature, `${name}.x`],
    );
    expect(await digestsOf(image.digest)).toEqual([
      [listed.digest, undefined],
      [signature.digest, `${name}.sig`],
    ]);
  });

  test("that are listed and not there prove nothing, unless a good one is", async () => {
    const image = await folder.image("a");
    const missing = { ...image, digest: nobody };
    const list = await folder.index([missing]);
    await folder.list([image], [list, referrersTag(image.digest)]);
    await expect(digestsOf(image.digest)).rejects.toMatchObject({ code: "malformed" });
    const good = await folder.referrer(image, "good");
    await folder.list([image], [list, referrersTag(image.digest)], [good]);
    expect(await digestsOf(image.digest)).toEqual([[good.digest, undefined]]);
  });

  test("could be in a manifest that cannot be read, which therefore proves nothing", async () => {
    const image = await folder.image("a");
    await folder.list([image], [await folder.blob("not a manifest", image.mediaType)]);
    await expect(digestsOf(image.digest)).rejects.toMatchObject({ code: "malformed" });
  });

  test("are none where nothing refers to the image", async () => {
    const image = await folder.image("a");
    await folder.list([image, "1.0"]);
    expect(await digestsOf(image.digest)).toEqual([]);
  });

  test("end in a circle of indexes", async () => {
    const image = await folder.image("a");
    const inner = await folder.index([image]);
    const outer = await folder.index([inner, inner, image]);
    await folder.list([outer], [outer], [inner]);
    expect(await digestsOf(image.digest)).toEqual([]);
  });
});

describe("a reference into a folder", () => {
  const digest = `sha256:${"a".repeat(64)}`;

  test.each([
    ["oci:dir", { dir: "dir" }],
    ["oci:/a/b.c/", { dir: "/a/b.c/" }],
    ["oci:dir:1.0", { dir: "dir", reference: "1.0" }],
    [`oci:dir@${digest}`, { dir: "dir", reference: digest }],
    ["oci:a@b/dir", { dir: "a@b/dir" }],
    ["oci:C:/x/dir", { dir: "C:/x/dir" }],
  ])("%s is read", (text, expected) => {
    expect(parseSourceRef(text)).toEqual(expected);
  });

  test.each(["dir", "oci:", "oci::1.0", `oci:@${digest}`, "oci:dir@sha256:abc", `registry.example/oci:${digest}`])("%s is none", (text) => {
    expect(() => parseSourceRef(text)).toThrow(expect.objectContaining({ name: "ParseError" }));
  });

  test("without a name means the only image, signatures aside", async () => {
    const image = await folder.image("a");
    const signature = await folder.referrer(image, "s");
    await folder.list([image], [signature], [await folder.index([signature]), referrersTag(image.digest)]);
    expect(await resolveInLayout(await openLayout(folder.dir), parseSourceRef(`oci:${folder.dir}`))).toBe(image.digest);
  });

  test("without a name among several images is an error that lists them", async () => {
    const first = await folder.image("a");
    await folder.list([first], [await folder.image("b"), "2.0"]);
    const asked = resolveInLayout(await openLayout(folder.dir), { dir: folder.dir });
    await expect(asked).rejects.toMatchObject({ code: "conflict", mend: expect.stringMatching(new RegExp(`@${first.digest}, 2\\.0`)) });
  });

  test("to what is not there is an error that lists what is", async () => {
    await folder.list([await folder.image("a"), "1.0"]);
    const layout = await openLayout(folder.dir);
    await expect(resolveInLayout(layout, { dir: "x", reference: parseTag("2.0") })).rejects.toMatchObject({
      code: "not-found",
      mend: expect.stringContaining("1.0"),
    });
    await expect(resolveInLayout(layout, { dir: "x", reference: nobody })).rejects.toMatchObject({ code: "not-found" });
    await folder.list();
    await expect(resolveInLayout(await openLayout(folder.dir), { dir: "x" })).rejects.toMatchObject({ code: "not-found" });
  });
});
