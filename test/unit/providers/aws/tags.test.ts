import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TagChange } from "../../../../shared/domain/action.ts";
import { parseTag } from "../../../../shared/domain/image-ref.ts";
import { isImmutable } from "../../../../shared/providers/aws/mutability.ts";
import { type Pushed, pushImage, pushIndex, tagAs } from "../../../fakes/pusher.ts";
import { retagOf } from "../../../fixtures/records.ts";
import { APP, type EcrWorld, openEcrWorld } from "./ecr-world.ts";

let world: EcrWorld;
let good: Pushed;
let bad: Pushed;
beforeEach(async () => {
  world = await openEcrWorld();
  good = await pushImage(world.served, APP, "good", "1.0");
  bad = await pushImage(world.served, APP, "bad", "1.1");
  await tagAs(world.served, APP, bad, "stable");
});
afterEach(() => world.close());

const change = (tag: string, from: Pushed | "absent", to: Pushed | "absent"): TagChange => ({
  tag: parseTag(tag),
  from: from === "absent" ? from : from.digest,
  to: to === "absent" ? to : to.digest,
});
const retag = (...changes: readonly TagChange[]) => world.registry.retag(retagOf(world.key(bad), "roll-back", changes));
const tags = async () => (await world.served.contents(APP)).tags;

function freeze(exclude?: string): void {
  const repository = world.home.state.repositories.get(APP);
  if (repository === undefined) throw new Error("no repository");
  const filters = exclude === undefined ? {} : { imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: exclude }] };
  repository.settings = {
    ...repository.settings,
    imageTagMutability: exclude === undefined ? "IMMUTABLE" : "IMMUTABLE_WITH_EXCLUSION",
    ...filters,
  };
}

describe("in a repository whose tags may not be moved", () => {
  test("a mark is set, and a tag that is taken is not moved, with what to do about it", async () => {
    freeze();
    const { tags: standing, notes } = await retag(change("stable-violating", "absent", bad), change("stable", bad, good));
    expect(standing).toEqual(["stable-violating"]);
    expect(notes.join()).toMatch(/stable was not moved: .*lets no tag be moved/);
    await expect(retag(change("stable", bad, good))).rejects.toMatchObject({
      code: "conflict",
      mend: expect.stringContaining("IMMUTABLE_WITH_EXCLUSION"),
    });
    expect(await tags()).toMatchObject({ stable: bad.digest, "stable-violating": bad.digest });
  });

  test("a tag that is excluded is moved", async () => {
    freeze("st*le");
    expect(await retag(change("stable", bad, good))).toMatchObject({ tags: ["stable"], notes: [] });
    expect(await tags()).toMatchObject({ stable: good.digest, "1.1": bad.digest });
  });

  test("a mark is taken away again, and never the last tag, with which ECR would delete the image", async () => {
    freeze();
    await retag(change("stable-violating", "absent", bad));
    expect(await retag(change("stable-violating", bad, "absent"))).toMatchObject({ notes: [] });
    expect(await tags()).toEqual({ "1.0": good.digest, "1.1": bad.digest, stable: bad.digest });
    await retag(change("1.1", bad, "absent"), change("stable", bad, "absent"));
    expect(Object.values(await tags())).toContain(bad.digest);
  });

  test("tags are taken from a platform but the last, also where the index that needs it has just gone", async () => {
    const part = await pushImage(world.served, APP, "part", "amd64");
    await tagAs(world.served, APP, part, "x86");
    const index = await pushIndex(world.served, APP, [part], "2.0");
    freeze();
    const plan = await world.plan(part);
    await world.served.send("DELETE", `/v2/${APP}/manifests/${index.digest}`);
    await expect(world.registry.hold({ ...plan, before: { ...plan.before, only: "tags" } })).rejects.toMatchObject({ code: "conflict" });
    expect(Object.values(await tags()).filter((digest) => digest === part.digest)).toHaveLength(1);
    expect((await world.served.contents(APP)).manifests).toContain(part.digest.replace(":", "-"));
  });

  test("the only tag of a platform that an index needs stays, and it is said why", async () => {
    const part = await pushImage(world.served, APP, "part", "amd64");
    await pushIndex(world.served, APP, [part], "2.0");
    freeze();
    const plan = await world.plan(part);
    await expect(world.registry.hold({ ...plan, before: { ...plan.before, only: "tags" } })).rejects.toMatchObject({ code: "conflict" });
    expect(await tags()).toMatchObject({ amd64: part.digest });
  });
});

test.each([
  ["IMMUTABLE", [], true],
  ["MUTABLE", [], false],
  ["IMMUTABLE_WITH_EXCLUSION", ["quarantine-*"], true],
  ["IMMUTABLE_WITH_EXCLUSION", ["1.*-rc*"], false],
  ["IMMUTABLE_WITH_EXCLUSION", ["*"], false],
  ["IMMUTABLE_WITH_EXCLUSION", ["1.0-rc1x*"], true],
  ["IMMUTABLE_WITH_EXCLUSION", ["1.0-rc1*1"], true],
  ["MUTABLE_WITH_EXCLUSION", ["1.0-rc1"], true],
  ["MUTABLE_WITH_EXCLUSION", ["1.0"], false],
] as const)("%s with %j lets 1.0-rc1 not be moved: %s", (imageTagMutability, filters, expected) => {
  const imageTagMutabilityExclusionFilters = filters.map((filter) => ({ filterType: "WILDCARD" as const, filter }));
  expect(isImmutable({ imageTagMutability, imageTagMutabilityExclusionFilters }, parseTag("1.0-rc1"))).toBe(expected);
});
