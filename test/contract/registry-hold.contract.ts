import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MoveAction } from "../../shared/domain/action.ts";
import { parseRepository } from "../../shared/domain/image-ref.ts";
import { MANIFEST_TYPES } from "../../shared/domain/manifest.ts";
import { openWords } from "../../shared/domain/probe.ts";
import type { ActResult } from "../../shared/ports/registry.ts";
import { openTestClient } from "../fakes/oci-client.ts";
import { type Pushed, pushImage, pushSigned } from "../fakes/pusher.ts";
import { serveRegistry } from "../fakes/served-registry.ts";
import { planHold, pushFamily, stateOf, untilDone } from "./hold-situation.ts";
import { actionFor, openWorld, QUARANTINE, type RegistryRow, type World } from "./registry-row.ts";

/** What holds for every way to hold: it shuts the ways that it says it shuts, and a release leaves no trace. */
export function registryHoldContract(row: RegistryRow): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(row);
  });
  afterAll(() => world.served.close());

  const get = (repository: string, reference: string): Promise<Response> =>
    world.served.send("GET", `/v2/${repository}/manifests/${reference}`, { headers: { accept: MANIFEST_TYPES.join(", ") } });
  const pulls = async (repository: string, reference: string): Promise<boolean> => (await get(repository, reference)).status === 200;

  /** All that a puller gets: bytes under every tag and digest. */
  async function servedBytes(repository: string): Promise<Readonly<Record<string, string>>> {
    const { tags, manifests } = await world.served.contents(repository);
    const references = [...Object.keys(tags), ...manifests.map((file) => file.replace("-", ":"))];
    const answers = await Promise.all(references.map((reference) => get(repository, reference)));
    return Object.fromEntries(
      await Promise.all(answers.map(async (answer, at) => [references[at], `${answer.status} ${await answer.text()}`])),
    );
  }

  const planFor = (repository: string, image: Pushed): Promise<MoveAction> => planHold(world, repository, image);
  const release = (action: MoveAction): Promise<ActResult> => untilDone(world, { ...action, verb: "release" });

  describe("a hold", () => {
    test("shuts exactly the ways that its strength says, proves it, and a release leaves no trace", async () => {
      const { index, own, shared, other } = await pushFamily(world, "hold/family");
      const [before, bytes] = [await world.served.contents("hold/family"), await servedBytes("hold/family")];
      const referrers = await world.registry.referrers(parseRepository("hold/family"), index.digest);
      const action = await planFor("hold/family", index);
      const { strength, probes = [] } = await world.registry.hold(action);
      expect(strength).toBe(world.registry.capabilities.hold.strength);

      const [byTag, byDigest] = [strength === "advisory", strength === "advisory" || strength === "untagged"];
      for (const tag of ["1.0", "latest"]) expect(await pulls("hold/family", tag), tag).toBe(byTag);
      for (const { digest } of [index, own]) expect(await pulls("hold/family", digest)).toBe(byDigest);
      for (const reference of ["other", other.digest, shared.digest]) expect(await pulls("hold/family", reference)).toBe(true);
      const told = probes.map(({ way, reference, answer }) => `${way} ${reference} ${answer}`);
      const answer = (isOpen: boolean): string => (isOpen ? "served" : "refused");
      expect(told.toSorted()).toEqual(
        [
          `tag 1.0 ${answer(byTag)}`,
          `tag latest ${answer(byTag)}`,
          `digest ${index.digest} ${answer(byDigest)}`,
          `index ${own.digest} ${answer(byDigest)}`,
        ].toSorted(),
      );

      await release(action);
      expect(await world.served.contents("hold/family")).toEqual(before);
      expect(await servedBytes("hold/family")).toEqual(bytes);
      expect(await world.registry.referrers(parseRepository("hold/family"), index.digest)).toEqual(referrers);
      expect((await world.served.contents(`${QUARANTINE}/hold/family`)).manifests).toEqual([]);
      expect(world.blocked("hold/family")).toEqual([]);
    });

    test("and its release may each be done twice", async () => {
      const { index } = await pushFamily(world, "hold/twice");
      const before = await stateOf(world, "hold/twice");
      const action = await planFor("hold/twice", index);
      const first = await world.registry.hold(action);
      const once = await stateOf(world, "hold/twice");
      expect(await world.registry.hold(action)).toEqual(first);
      expect(await stateOf(world, "hold/twice")).toEqual(once);
      await release(action);
      await release(action);
      expect(await stateOf(world, "hold/twice")).toEqual({ ...before, quarantine: expect.objectContaining({ manifests: [] }) });
    });

    test("can be judged while it lasts: manifest, configuration and signatures are read from where it is kept", async () => {
      const { image, signature } = await pushSigned(world.served, "hold/read", "read", "1.0");
      const action = await planFor("hold/read", image);
      await world.registry.hold(action);
      const place = world.registry.heldAt(action.image) ?? action.image.repository;
      const manifest = await world.registry.manifest(place, image.digest);
      expect(Buffer.from(manifest?.bytes ?? []).toString()).toBe(image.bytes);
      if (manifest?.kind !== "manifest") throw new Error("no manifest");
      expect(Buffer.from(await world.registry.blob(place, manifest.config, 10_000)).toString()).toContain('"text":"read"');
      const places = [...new Set([place, action.image.repository])];
      const found = await Promise.all(places.map((one) => world.registry.referrers(one, image.digest)));
      expect(found.flat().map((referrer) => referrer.manifest.digest)).toContain(signature.digest);
      await release(action);
    });

    test("of an image that was pushed again holds it again, and all of its tags come back", async () => {
      const { image } = await pushSigned(world.served, "hold/again", "x", "1.0");
      const action = await planFor("hold/again", image);
      const { strength } = await world.registry.hold(action);
      await pushImage(world.served, "hold/again", "x", "again");
      const tags = [...action.before.tags, ...((await world.registry.survey(action.image, new Set()))?.tags ?? [])];
      const again = { ...action, before: { ...action.before, tags: [...new Set(tags)] } };
      expect((await world.registry.hold(again)).strength).toBe(strength);
      expect(await pulls("hold/again", "again")).toBe(strength === "advisory");
      await release(again);
      for (const tag of ["1.0", "again"]) expect(await pulls("hold/again", tag)).toBe(true);
    });

    test("and a tag that somebody moved meanwhile is left alone, and said so", async () => {
      const { image } = await pushSigned(world.served, "hold/moved", "x", "1.0");
      await pushImage(world.served, "hold/moved", "x", "stable");
      const action = await planFor("hold/moved", image);
      const { strength } = await world.registry.hold(action);
      const newer = await pushImage(world.served, "hold/moved", "newer", "1.0");
      const { notes } = await release(action);
      expect(notes).toEqual(strength === "advisory" ? [] : ["tag 1.0 points elsewhere now: left alone"]);
      expect((await world.served.contents("hold/moved")).tags).toMatchObject({ "1.0": newer.digest, stable: image.digest });
    });

    test("and a tag that came after the plan goes along and comes back", async () => {
      const { image } = await pushSigned(world.served, "hold/late", "x", "1.0");
      const action = await planFor("hold/late", image);
      await pushImage(world.served, "hold/late", "x", "late");
      const { strength } = await world.registry.hold(action);
      expect(await pulls("hold/late", "late")).toBe(strength === "advisory");
      await release(action);
      expect((await world.served.contents("hold/late")).tags).toMatchObject({ "1.0": image.digest, late: image.digest });
      expect((await world.served.contents(`${QUARANTINE}/hold/late`)).manifests).toEqual([]);
    });

    test("is as weak as a replica that still serves, and says so", async () => {
      const replica = await serveRegistry();
      const client = openTestClient(replica.host);
      const host = (await planFor("hold/none", await pushImage(world.served, "hold/none", "x", "1.0"))).image.registry;
      const other = await openWorld(row, { client, host, isReplica: true, isGate: false });
      for (const served of [replica, other.served]) await pushImage(served, "hold/replica", "x", "1.0");
      const image = await pushImage(other.served, "hold/replica", "x", "1.0");
      const before = await other.registry.survey(other.key("hold/replica", image), new Set());
      if (before === undefined) throw new Error("nothing to hold");
      const { strength, probes = [] } = await other.registry.hold(actionFor("hold", other.key("hold/replica", image), before));
      expect(strength).toBe("advisory");
      expect(openWords(probes)).toContain(`replica ${host} serves it still`);
      await other.served.close();
      await replica.close();
    });
  });
}
