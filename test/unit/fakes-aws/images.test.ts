import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  DescribeImagesCommand,
  ListImageReferrersCommand,
  ListImagesCommand,
  PutImageCommand,
  paginateDescribeImages,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { pushImage, pushIndex, pushReferrer } from "../../fakes/pusher.ts";
import { APP, openWithImage, type WorldWithImage } from "./aws-world.ts";

let world: WorldWithImage;
beforeEach(async () => {
  world = await openWithImage();
});
afterEach(() => world.close());

const put = (more: Partial<ConstructorParameters<typeof PutImageCommand>[0]> = {}) =>
  world.ecr.send(new PutImageCommand({ repositoryName: APP, imageManifest: world.image.bytes, ...more }));
const remove = (...imageIds: readonly { imageDigest?: string; imageTag?: string }[]) =>
  world.ecr.send(new BatchDeleteImageCommand({ repositoryName: APP, imageIds: [...imageIds] }));
const tagsNow = () => [...(world.home.state.repositories.get(APP)?.tags.keys() ?? [])];

describe("what was pushed over one face is there on the other", () => {
  test("an image pushed by the OCI protocol is described with its tags, size and times", async () => {
    const { imageDetails } = await world.ecr.send(new DescribeImagesCommand({ repositoryName: APP }));
    expect(imageDetails).toMatchObject([
      {
        imageDigest: world.image.digest,
        imageTags: ["1.0"],
        imageManifestMediaType: OCI_MANIFEST,
        imageStatus: "ACTIVE",
        imagePushedAt: new Date("2026-11-20T10:00:00Z"),
      },
    ]);
  });

  test("an image tagged by PutImage is pulled by the tag", async () => {
    await put({ imageTag: "kept" });
    expect(await world.oci().resolve(APP, parseTag("kept"))).toBe(world.image.digest);
  });
});

describe("PutImage", () => {
  test("refuses what is there already under the tag, and again without a tag", async () => {
    await expect(put({ imageTag: "1.0" })).rejects.toMatchObject({ name: "ImageAlreadyExistsException" });
    await expect(put()).rejects.toMatchObject({ name: "ImageAlreadyExistsException" });
  });

  test("checks the digest that it is told", async () => {
    const imageDigest = `sha256:${"0".repeat(64)}`;
    await expect(put({ imageTag: "new", imageDigest })).rejects.toMatchObject({ name: "ImageDigestDoesNotMatchException" });
    expect(tagsNow()).toEqual(["1.0"]);
  });

  test("refuses manifests of content that is not there", async () => {
    const layers = JSON.stringify({
      ...JSON.parse(world.image.bytes),
      layers: [{ mediaType: "a/b", digest: `sha256:${"1".repeat(64)}`, size: 1 }],
    });
    await expect(put({ imageManifest: layers })).rejects.toMatchObject({ name: "LayersNotFoundException" });
    const child = { mediaType: OCI_MANIFEST, digest: `sha256:${"2".repeat(64)}`, size: 1 };
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [child] });
    await expect(put({ imageManifest: index })).rejects.toMatchObject({ name: "ReferencedImagesNotFoundException" });
  });

  test("needs the media type from somewhere", async () => {
    const { mediaType: _, ...silent } = JSON.parse(world.image.bytes) as Record<string, unknown>;
    await expect(put({ imageManifest: JSON.stringify(silent) })).rejects.toMatchObject({ name: "InvalidParameterException" });
    const told = await put({ imageManifest: JSON.stringify(silent), imageManifestMediaType: OCI_MANIFEST });
    expect(told.image?.imageManifestMediaType).toBe(OCI_MANIFEST);
  });

  test("moves a tag where tags are mutable, and leaves the other image untagged", async () => {
    const other = await pushImage(world.served, APP, "two", "1.0");
    const { imageDetails = [] } = await world.ecr.send(
      new DescribeImagesCommand({ repositoryName: APP, filter: { tagStatus: "UNTAGGED" } }),
    );
    expect(imageDetails.map(({ imageDigest }) => imageDigest)).toEqual([world.image.digest]);
    expect(await world.oci().resolve(APP, parseTag("1.0"))).toBe(other.digest);
  });

  test.each([
    ["IMMUTABLE", ["1.0", "quarantine-1"], []],
    ["IMMUTABLE_WITH_EXCLUSION", ["1.0"], ["quarantine-1"]],
    ["MUTABLE_WITH_EXCLUSION", ["quarantine-1"], ["1.0"]],
  ] as const)("with tags %s refuses to move %s", async (imageTagMutability, fixed, free) => {
    await put({ imageTag: "quarantine-1" });
    const other = await pushImage(world.served, APP, "two", "other");
    const repository = world.home.state.repositories.get(APP);
    const filters =
      imageTagMutability === "IMMUTABLE"
        ? {}
        : { imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "quarantine-*" }] };
    if (repository !== undefined) repository.settings = { ...repository.settings, imageTagMutability, ...filters };
    for (const imageTag of fixed) {
      await expect(put({ imageManifest: other.bytes, imageTag })).rejects.toMatchObject({ name: "ImageTagAlreadyExistsException" });
    }
    for (const imageTag of free) await put({ imageManifest: other.bytes, imageTag });
    // A new tag overwrites nothing.
    await put({ imageManifest: other.bytes, imageTag: "new" });
  });

  test("takes a thousand tags of an image and no more", async () => {
    const repository = world.home.state.repositories.get(APP);
    for (let count = 1; count < 1000; count += 1) repository?.tags.set(`t${count}`, world.image.digest);
    await expect(put({ imageTag: "too-much" })).rejects.toMatchObject({ name: "LimitExceededException" });
  });
});

describe("BatchGetImage", () => {
  const get = (imageIds: readonly object[], acceptedMediaTypes?: string[]) =>
    world.ecr.send(
      new BatchGetImageCommand({ repositoryName: APP, imageIds: [...imageIds], ...(acceptedMediaTypes && { acceptedMediaTypes }) }),
    );

  test("gives the exact text that was pushed, and names what it did not find", async () => {
    const { images, failures } = await get([{ imageTag: "1.0" }, { imageTag: "absent" }]);
    expect(images).toMatchObject([{ imageManifest: world.image.bytes, imageId: { imageTag: "1.0", imageDigest: world.image.digest } }]);
    expect(failures).toMatchObject([{ imageId: { imageTag: "absent" }, failureCode: "ImageNotFound" }]);
  });

  test("gives an index only to those who say that they take one", async () => {
    const index = await pushIndex(world.served, APP, [world.image], "multi");
    expect((await get([{ imageDigest: index.digest }])).failures).toMatchObject([{ failureCode: "ImageNotFound" }]);
    expect((await get([{ imageDigest: index.digest }], [OCI_MANIFEST])).images).toEqual([]);
    expect((await get([{ imageDigest: index.digest }], [OCI_INDEX])).images).toHaveLength(1);
  });

  test("counts as a pull", async () => {
    await get([{ imageTag: "1.0" }]);
    const { imageDetails } = await world.ecr.send(new DescribeImagesCommand({ repositoryName: APP, imageIds: [{ imageTag: "1.0" }] }));
    expect(imageDetails?.[0]?.lastRecordedPullTime).toEqual(new Date("2026-11-20T10:00:00Z"));
  });
});

describe("BatchDeleteImage", () => {
  test("by tag takes the tag away, and with the last tag the image", async () => {
    await put({ imageTag: "latest" });
    expect(await remove({ imageTag: "latest" })).toMatchObject({
      imageIds: [{ imageDigest: world.image.digest, imageTag: "latest" }],
      failures: [],
    });
    expect(await world.oci().resolve(APP, parseTag("1.0"))).toBe(world.image.digest);
    await remove({ imageTag: "1.0" });
    expect(world.home.state.repositories.get(APP)?.images.size).toBe(0);
  });

  test("by digest takes the image with all its tags", async () => {
    await put({ imageTag: "latest" });
    const { imageIds } = await remove({ imageDigest: world.image.digest });
    expect(imageIds).toEqual([
      { imageDigest: world.image.digest, imageTag: "1.0" },
      { imageDigest: world.image.digest, imageTag: "latest" },
    ]);
    expect(tagsNow()).toEqual([]);
  });

  test("by tag and digest compares before it deletes", async () => {
    const other = await pushImage(world.served, APP, "two", "2.0");
    const { failures } = await remove({ imageTag: "1.0", imageDigest: other.digest });
    expect(failures).toMatchObject([{ failureCode: "ImageTagDoesNotMatchDigest" }]);
    expect(tagsNow()).toEqual(["1.0", "2.0"]);
  });

  test("deletes an index before what it names", async () => {
    const child = await pushImage(world.served, APP, "child");
    const index = await pushIndex(world.served, APP, [child], "multi");
    const refused = await remove({ imageDigest: child.digest });
    expect(refused.failures).toMatchObject([{ failureCode: "ImageReferencedByManifestList" }]);
    const { failures } = await remove({ imageDigest: index.digest }, { imageDigest: child.digest });
    expect(failures).toEqual([]);
  });

  test.each([
    ["ImageNotFound", { imageTag: "absent" }],
    ["MissingDigestAndTag", {}],
    ["InvalidImageDigest", { imageDigest: "sha256:short" }],
  ])("answers %s for %o", async (failureCode, id) => {
    expect((await remove(id)).failures).toMatchObject([{ failureCode }]);
  });
});

describe("lists", () => {
  test("are given in pages", async () => {
    for (const text of ["two", "three", "four", "five"]) await pushImage(world.served, APP, text, text);
    const sizes: number[] = [];
    for await (const page of paginateDescribeImages({ client: world.ecr, pageSize: 2 }, { repositoryName: APP })) {
      sizes.push(page.imageDetails?.length ?? 0);
    }
    expect(sizes).toEqual([2, 2, 1]);
  });

  test("ListImages has one entry for each tag, and one for what has none", async () => {
    await put({ imageTag: "latest" });
    const loose = await pushImage(world.served, APP, "loose");
    const { imageIds } = await world.ecr.send(new ListImagesCommand({ repositoryName: APP }));
    expect(imageIds).toEqual([
      { imageDigest: world.image.digest, imageTag: "1.0" },
      { imageDigest: world.image.digest, imageTag: "latest" },
      { imageDigest: loose.digest },
    ]);
  });

  test("an unknown image or repository is an error of its own", async () => {
    const ask = (repositoryName: string) =>
      world.ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: "absent" }] }));
    await expect(ask(APP)).rejects.toMatchObject({ name: "ImageNotFoundException" });
    await expect(ask("absent")).rejects.toMatchObject({ name: "RepositoryNotFoundException" });
  });

  test("referrers are the same on both faces, and chosen by their type", async () => {
    const signature = await pushReferrer(world.served, APP, world.image, "signed");
    await pushReferrer(world.served, APP, world.image, "sbom", "application/vnd.example.sbom.v1");
    const ask = (artifactTypes: string[]) =>
      world.ecr.send(
        new ListImageReferrersCommand({ repositoryName: APP, subjectId: { imageDigest: world.image.digest }, filter: { artifactTypes } }),
      );
    const { referrers } = await ask(["application/vnd.example.signature.v1"]);
    expect(referrers).toMatchObject([{ digest: signature.digest, artifactStatus: "ACTIVE" }]);
    expect(await world.oci().referrers(APP, world.image.digest)).toHaveLength(2);
    const { imageDetails } = await world.ecr.send(
      new DescribeImagesCommand({ repositoryName: APP, imageIds: [{ imageDigest: signature.digest }] }),
    );
    expect(imageDetails?.[0]?.subjectManifestDigest).toBe(world.image.digest);
  });
});
