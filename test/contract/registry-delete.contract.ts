import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeleteAction, MoveAction } from "../../shared/domain/action.ts";
import { OCI_INDEX } from "../../shared/domain/manifest.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { type Pushed, pushClaimant, pushImage, pushIndex, pushReferrer, pushReferrersList } from "../fakes/pusher.ts";
import { deletionOf, type Family, planHold, pushFamily } from "./hold-situation.ts";
import { holdNow, openWorld, QUARANTINE, type RegistryRow, type World } from "./registry-row.ts";

async function faultOf(act: Promise<unknown>): Promise<unknown> {
  return act.then(
    () => "none",
    (error: unknown) => (error instanceof AdapterError ? error.code : error),
  );
}

/** What a hold put away is deleted for ever: all of it, nothing else, and from any point at which it was cut off. */
export function registryDeleteContract(row: RegistryRow): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(row);
  });
  afterAll(() => world.served.close());

  const inQuarantine = async (repository: string) => {
    const { tags, manifests } = await world.served.contents(`${QUARANTINE}/${repository}`);
    return { tags, manifests: manifests.map((each) => `sha256:${/[0-9a-f]{64}/.exec(each)?.[0] ?? each}`) };
  };

  async function heldFamily(name: string): Promise<Family & { readonly held: MoveAction }> {
    const family = await pushFamily(world, name);
    return { ...family, held: await holdNow(world, world.key(name, family.index)) };
  }

  describe("deleting what is held", () => {
    test("takes the image with all that was moved with it, and nothing from its own repository; done again it does nothing", async () => {
      const { held } = await heldFamily("delete/whole");
      const source = await world.served.contents("delete/whole");
      await world.registry.deleteHeld(deletionOf(held));
      expect((await inQuarantine("delete/whole")).tags).toEqual({});
      const left = (await inQuarantine("delete/whole")).manifests;
      for (const { digest } of held.before.manifests) expect(left).not.toContain(digest);
      await world.registry.deleteHeld(deletionOf(held));
      expect(await world.served.contents("delete/whole")).toEqual(source);
    });

    test("leaves what another held index needs, with what is attached to that", async () => {
      const { index, own, shared, held } = await heldFamily("delete/shared");
      const second = await pushSecond(shared);
      await holdNow(world, world.key("delete/shared", second.index));
      await world.registry.deleteHeld(deletionOf(held));
      const { manifests } = await inQuarantine("delete/shared");
      for (const kept of [second.index, second.child, second.signature]) expect(manifests).toContain(kept.digest);
      for (const gone of [index, own]) expect(manifests).not.toContain(gone.digest);
    });

    async function pushSecond(shared: Pushed) {
      const child = await pushImage(world.served, "delete/shared", "second");
      const index = await pushIndex(world.served, "delete/shared", [child, shared], "second");
      const signature = await pushReferrer(world.served, "delete/shared", child, "of the child");
      await pushReferrersList(world.served, "delete/shared", child, [signature]);
      return { child, index, signature };
    }

    test("is refused while the image can be pulled from its repository, and changes nothing", async () => {
      const image = await pushImage(world.served, "delete/served", "x", "1.0");
      const held = await holdNow(world, world.key("delete/served", image));
      await pushImage(world.served, "delete/served", "x", "again");
      const before = await inQuarantine("delete/served");
      expect(await faultOf(world.registry.deleteHeld(deletionOf(held)))).toBe("conflict");
      expect(await inQuarantine("delete/served")).toEqual(before);
      expect((await world.served.contents("delete/served")).tags).toMatchObject({ again: image.digest });
    });

    test("is refused while an index that is held needs the image", async () => {
      const child = await pushImage(world.served, "delete/needed", "child", "child");
      const held = await holdNow(world, world.key("delete/needed", child));
      await pushImage(world.served, "delete/needed", "child");
      const index = await pushIndex(world.served, "delete/needed", [child], "1.0");
      await holdNow(world, world.key("delete/needed", index));
      expect(await faultOf(world.registry.deleteHeld(deletionOf(held)))).toBe("conflict");
      expect((await inQuarantine("delete/needed")).manifests).toContain(child.digest);
    });

    test("is refused while its repository serves something that refers to the image or to what goes with it", async () => {
      const { held, own, index } = await heldFamily("delete/subject");
      for (const subject of [index, own]) {
        const before = await inQuarantine("delete/subject");
        const late = await pushReferrer(world.served, "delete/subject", subject, `late, of ${subject.digest}`);
        await pushReferrersList(world.served, "delete/subject", subject, [late]);
        expect(await faultOf(world.registry.deleteHeld(deletionOf(held)))).toBe("conflict");
        expect(await inQuarantine("delete/subject")).toEqual(before);
        expect((await world.served.contents("delete/subject")).manifests).toContain(late.digest.replace(":", "-"));
        for (const reference of [late.digest, subject.digest.replace(":", "-")])
          await world.served.send("DELETE", `/v2/delete/subject/manifests/${reference}`);
      }
    });

    test("leaves an image that is held for itself, although it says that it refers to the one that goes", async () => {
      const image = await pushImage(world.served, "delete/claim", "x", "1.0");
      const other = await pushClaimant(world.served, "delete/claim", image, "2.0");
      const held = await holdNow(world, world.key("delete/claim", image));
      await holdNow(world, world.key("delete/claim", other));
      await world.registry.deleteHeld(deletionOf(held));
      const { manifests } = await inQuarantine("delete/claim");
      expect([manifests.includes(image.digest), manifests.includes(other.digest)]).toEqual([false, true]);
    });

    test("leaves a child that lies in quarantine alone and that an index of its own repository names", async () => {
      const { held, own, index } = await heldFamily("delete/met");
      await pushImage(world.served, "delete/met", "own");
      await pushIndex(world.served, "delete/met", [own], "served");
      await world.served.send("DELETE", `/v2/delete/met/manifests/${own.digest}`);
      const { notes } = await world.registry.deleteHeld(deletionOf(held));
      const { manifests } = await inQuarantine("delete/met");
      expect([manifests.includes(own.digest), manifests.includes(index.digest)]).toEqual([true, false]);
      expect(notes.join()).toContain(own.digest);
    });

    test.each(["delete/blind", `${QUARANTINE}/delete/blind`])(
      "is refused while an index in %s cannot be read: it might name anything",
      async (place) => {
        const image = await pushImage(world.served, "delete/blind", "x", "1.0");
        const held = await holdNow(world, world.key("delete/blind", image));
        const other = await pushIndex(world.served, place, [await pushImage(world.served, place, "y")], "other");
        world.fault = async (request, registry) => {
          const answer = await registry(request);
          return request.method === "GET" && request.url.endsWith(`/${place}/manifests/${other.digest}`)
            ? new Response("not what it was", { headers: { "content-type": OCI_INDEX } })
            : answer;
        };
        expect(await faultOf(world.registry.deleteHeld(deletionOf(held)))).toBe("malformed");
        world.fault = (request, registry) => registry(request);
        expect((await inQuarantine("delete/blind")).manifests).toContain(image.digest);
        await world.registry.deleteHeld(deletionOf(held));
        expect((await inQuarantine("delete/blind")).manifests).not.toContain(image.digest);
        await world.served.send("DELETE", `/v2/${place}/manifests/${other.digest}`);
      },
    );

    test("cut off after any of its calls and done again ends where it would have ended, and the image goes first", async () => {
      const { held, index } = await heldFamily("delete/cut");
      const whole = deletionOf(held, "delete/all");
      await world.served.clone(`${QUARANTINE}/delete/cut`, `${QUARANTINE}/delete/all`);
      const changes = await runUntil(whole, Number.POSITIVE_INFINITY);
      const wanted = (await inQuarantine("delete/all")).manifests;
      expect(changes).toBeGreaterThan(2);
      for (let most = 0; most < changes; most += 1) {
        const name = `delete/cut-${most}`;
        await world.served.clone(`${QUARANTINE}/delete/cut`, `${QUARANTINE}/${name}`);
        const action = deletionOf(held, name);
        await runUntil(action, most);
        expect((await inQuarantine(name)).manifests.includes(index.digest)).toBe(most === 0);
        await world.registry.deleteHeld(action);
        expect((await inQuarantine(name)).manifests).toEqual(wanted);
      }
    });
  });

  /** @returns how many changes were let through before the process "died" or was done. */
  async function runUntil(action: DeleteAction, most: number): Promise<number> {
    let changes = 0;
    world.fault = async (request, registry) => {
      if (changes === most) return Response.json({ errors: [{ code: "UNAVAILABLE" }] }, { status: 503 });
      if (request.method !== "GET" && request.method !== "HEAD") changes += 1;
      return registry(request);
    };
    expect(["none", "unreachable"]).toContain(await faultOf(world.registry.deleteHeld(action)));
    world.fault = (request, registry) => registry(request);
    return changes;
  }
}

/** Where held bytes lie where they are served from. */
export function registryKeepContract(row: RegistryRow): void {
  test("what is held is never deleted, and the registry says that it cannot be", async () => {
    const world = await openWorld(row);
    const image = await pushImage(world.served, "delete/not", "x", "1.0");
    const held = await planHold(world, "delete/not", image);
    await world.registry.hold(held);
    const before = await world.served.contents("delete/not");
    expect(world.registry.capabilities.deleteManifest).toBe("none");
    expect(await faultOf(world.registry.deleteHeld(deletionOf(held)))).toBe("unsupported");
    expect(await world.served.contents("delete/not")).toEqual(before);
    await world.served.close();
  });
}
