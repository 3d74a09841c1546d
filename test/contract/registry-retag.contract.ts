import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RetagAction, TagChange } from "../../shared/domain/action.ts";
import { reversed } from "../../shared/domain/action.ts";
import { parseRepository, parseTag } from "../../shared/domain/image-ref.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { type Pushed, pushImage, tagAs } from "../fakes/pusher.ts";
import { digestOf, retagOf } from "../fixtures/records.ts";
import { MANY_ACTS_MS } from "./hold-situation.ts";
import { isDeletion, openWorld, type RegistryRow, type World } from "./registry-row.ts";

const REPOSITORY = parseRepository("shop/api");

/** Tags are pointed elsewhere with the bytes that are there, and each is looked at before it is touched. */
export function registryRetagContract(row: RegistryRow): void {
  let world: World;
  let good: Pushed;
  let bad: Pushed;
  beforeEach(async () => {
    world = await openWorld(row);
    good = await pushImage(world.served, REPOSITORY, "good", "1.0");
    bad = await pushImage(world.served, REPOSITORY, "bad", "1.1");
    await tagAs(world.served, REPOSITORY, bad, "stable");
  });
  afterEach(() => world.served.close());

  function change(tag: string, from: Pushed | "absent", to: Pushed | "absent"): TagChange {
    const end = (image: Pushed | "absent") => (image === "absent" ? image : image.digest);
    return { tag: parseTag(tag), from: end(from), to: end(to) };
  }

  function action(...changes: readonly TagChange[]): RetagAction {
    return retagOf(world.key(REPOSITORY, bad), "roll-back", changes);
  }

  async function tags(): Promise<Readonly<Record<string, string>>> {
    return (await world.served.contents(REPOSITORY)).tags;
  }

  const rollBack = () => action(change("stable-violating", "absent", bad), change("stable", bad, good));

  describe("retag", () => {
    test("sets and moves tags, takes no manifest away, and says which tags stand", async () => {
      const before = await world.served.contents(REPOSITORY);
      const result = await world.registry.retag(rollBack());
      expect(result).toMatchObject({ tags: ["stable-violating", "stable"], notes: [] });
      const after = await world.served.contents(REPOSITORY);
      expect(after.tags).toEqual({ ...before.tags, stable: good.digest, "stable-violating": bad.digest });
      expect(after.manifests).toEqual(before.manifests);
    });

    test("is done once, however often it is asked for", async () => {
      await world.registry.retag(rollBack());
      const once = await world.served.contents(REPOSITORY);
      expect(await world.registry.retag(rollBack())).toMatchObject({ tags: ["stable-violating", "stable"], notes: [] });
      expect(await world.served.contents(REPOSITORY)).toEqual(once);
    });

    test("reversed, it leaves the registry as it was: the tag that it takes away takes no manifest with it", async () => {
      const before = await world.served.contents(REPOSITORY);
      await world.registry.retag(rollBack());
      const back = { ...rollBack(), id: "back", changes: reversed(rollBack().changes) };
      expect(await world.registry.retag(back)).toMatchObject({ tags: ["stable", "stable-violating"], notes: [] });
      expect(await world.served.contents(REPOSITORY)).toEqual(before);
      await world.registry.retag(back);
      expect(await world.served.contents(REPOSITORY)).toEqual(before);
    });

    test("leaves alone, and names, a tag that somebody moved or took away", async () => {
      const other = await pushImage(world.served, REPOSITORY, "other", "stable");
      const result = await world.registry.retag(action(change("stable", bad, good), change("gone", bad, good), change("1.1", bad, good)));
      expect(result.tags).toEqual(["1.1"]);
      expect(result.notes.join()).toMatch(/\bstable\b.*\bgone\b/);
      expect(await tags()).toEqual({ "1.0": good.digest, "1.1": good.digest, stable: other.digest });
      expect(await world.registry.retag(action(change("stable", bad, "absent")))).toMatchObject({ tags: [] });
      expect(await tags()).toMatchObject({ stable: other.digest });
    });

    test("does not point a tag at what is not there", async () => {
      const absent = { ...good, digest: digestOf("never pushed") };
      expect(await world.registry.retag(action(change("stable", bad, absent)))).toMatchObject({ tags: [] });
      expect(await tags()).toMatchObject({ stable: bad.digest });
    });

    test("does not take away the only tag of an image", async () => {
      const alone = await pushImage(world.served, REPOSITORY, "alone", "only");
      const result = await world.registry.retag(action(change("only", alone, "absent")));
      expect(result.tags).toEqual([]);
      expect(result.notes.join()).toMatch(/\bonly\b/);
      expect(await tags()).toMatchObject({ only: alone.digest });
    });

    test("takes no tag away where the registry deletes nothing", async () => {
      const before = await tags();
      world.fault = refusing(isDeletion, 405, "UNSUPPORTED");
      expect(await codeOf(world.registry.retag(action(change("stable", bad, "absent"))))).toBe("unsupported");
      expect(await tags()).toEqual(before);
    });

    test.each([409, 403, 400])("a tag that may not be moved (%i) fails alone; where all fail it says so", async (status) => {
      world.fault = refusing((request) => request.method === "PUT" && request.url.endsWith("/manifests/stable"), status, "DENIED");
      expect(await codeOf(world.registry.retag(action(change("stable", bad, good))))).toMatch(/^(conflict|refused|forbidden|malformed)$/);
      expect(await world.registry.retag(rollBack())).toMatchObject({ tags: ["stable-violating"] });
      expect(await tags()).toMatchObject({ stable: bad.digest, "stable-violating": bad.digest });
    });

    test("explains the push of the tag that it set, and of no other", async () => {
      await world.registry.retag(action(change("stable", bad, good)));
      const explains = (tag: string): boolean => world.registry.attachments.explains(REPOSITORY, good.digest, parseTag(tag));
      expect([explains("prod"), explains("stable"), explains("stable")]).toEqual([false, true, false]);
    });

    test("cut off after any change, no tag points at nothing of ours for good, and the next run ends it", {
      timeout: MANY_ACTS_MS,
    }, async () => {
      for (const changes of [rollBack().changes, reversed(rollBack().changes)]) {
        const whole = { ...rollBack(), changes };
        let isDone = false;
        for (let most = 0; !isDone; most += 1) {
          const start = await tags();
          isDone = await runUntil(world, whole, most);
          await world.registry.retag(whole);
          for (const { tag, to } of changes) expect((await tags())[tag] ?? "absent").toBe(to);
          await world.registry.retag({ ...whole, id: `${whole.id} back`, changes: reversed(changes) });
          expect(await tags(), `cut off after ${most} changes`).toEqual(start);
        }
        await world.registry.retag(whole);
      }
    });
  });
}

function refusing(isRefused: (request: Request) => boolean, status: number, code: string): World["fault"] {
  return async (request, registry) => (isRefused(request) ? Response.json({ errors: [{ code }] }, { status }) : registry(request));
}

async function codeOf(acting: Promise<unknown>): Promise<unknown> {
  return acting.then(
    () => "none",
    (error: unknown) => (error instanceof AdapterError ? error.code : error),
  );
}

/** @returns whether it came to its end before so many changes were made. */
async function runUntil(world: World, action: RetagAction, most: number): Promise<boolean> {
  let changes = 0;
  world.fault = async (request, registry) => {
    const isChange = request.method !== "GET" && request.method !== "HEAD";
    if (isChange && changes === most) return Response.json({ errors: [{ code: "UNAVAILABLE" }] }, { status: 503 });
    if (isChange) changes += 1;
    return registry(request);
  };
  const code = await codeOf(world.registry.retag(action));
  world.fault = (request, registry) => registry(request);
  expect(["none", "unreachable"]).toContain(code);
  return code === "none";
}
