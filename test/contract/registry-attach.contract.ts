import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Digest, parseDigest } from "../../shared/domain/digest.ts";
import { parseRepository, parseTag } from "../../shared/domain/image-ref.ts";
import { OCI_MANIFEST } from "../../shared/domain/manifest.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { Artifact } from "../../shared/ports/attachments.ts";
import { describeBytes, type Pushed, pushImage, pushReferrer, pushReferrersList } from "../fakes/pusher.ts";
import { MANY_ACTS_MS, untilDone } from "./hold-situation.ts";
import { holdNow, isDeletion, openWorld, QUARANTINE, type RegistryRow, type World } from "./registry-row.ts";

const REPOSITORY = parseRepository("shop/api");

function artifactOn({ mediaType, digest, size }: Pushed, text: string): Artifact {
  const blobs = ["{}", text].map((bytes) => ({ digest: parseDigest(describeBytes(bytes, "").digest), bytes: Buffer.from(bytes) }));
  const [config, layer] = ["{}", text].map((bytes) => describeBytes(bytes, "application/vnd.example.verdict"));
  const artifactType = "application/vnd.example.verdict";
  const subject = { mediaType, digest, size };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType, config, layers: [layer], subject }));
  const { digest: own } = describeBytes(bytes, OCI_MANIFEST);
  return { descriptor: { mediaType: OCI_MANIFEST, digest: own, size: bytes.length, artifactType }, bytes, blobs };
}

/** What lies beside an image is put there, found and taken away; what others put there stays. */
export function registryAttachContract(row: RegistryRow): void {
  let world: World;
  let image: Pushed;
  let other: Pushed;
  beforeEach(async () => {
    world = await openWorld(row);
    image = await pushImage(world.served, REPOSITORY, "attached", "1.0");
    other = await pushReferrer(world.served, REPOSITORY, image, "somebody's signature");
    await pushReferrersList(world.served, REPOSITORY, image, [other]);
  });
  afterEach(() => world.served.close());

  async function attached(): Promise<readonly Digest[]> {
    const referrers = await world.registry.referrers(REPOSITORY, image.digest);
    return referrers.map(({ manifest }) => manifest.digest).sort();
  }

  /** Names in the list under the fallback tag, each as often as it stands there. */
  async function listed(): Promise<readonly string[]> {
    const tag = image.digest.replace(":", "-");
    const answer = await world.served.send("GET", `/v2/${REPOSITORY}/manifests/${tag}`);
    const { manifests } = (await answer.json()) as { readonly manifests: readonly { readonly digest: string }[] };
    return manifests.map(({ digest }) => digest).sort();
  }

  describe("what the gate attaches", () => {
    test("is found from its subject beside what was there, and is taken away alone", async () => {
      const artifact = artifactOn(image, "passed");
      await world.registry.attachments.attach(REPOSITORY, image.digest, artifact);
      await world.registry.attachments.attach(REPOSITORY, image.digest, artifact);
      expect(await attached()).toEqual([other.digest, artifact.descriptor.digest].sort());
      expect(new Set(await listed()).size).toBe((await listed()).length);
      await world.registry.attachments.detach(REPOSITORY, image.digest, artifact.descriptor.digest);
      await world.registry.attachments.detach(REPOSITORY, image.digest, artifact.descriptor.digest);
      expect(await attached()).toEqual([other.digest]);
      expect(await listed()).toEqual([other.digest]);
      expect(await world.registry.resolve(REPOSITORY, artifact.descriptor.digest)).toBeUndefined();
    });

    test("explains one event of each push, in its own repository, and none after it was taken away", async () => {
      const { attachments } = world.registry;
      const artifact = artifactOn(image, "mine");
      const { digest } = artifact.descriptor;
      const explains = (repository = REPOSITORY): boolean => attachments.explains(repository, digest);
      expect(explains()).toBe(false);
      await attachments.attach(REPOSITORY, image.digest, artifact);
      expect([explains(parseRepository("shop/copy")), explains(), explains()]).toEqual([false, true, false]);
      await attachments.attach(REPOSITORY, image.digest, artifact);
      await attachments.detach(REPOSITORY, image.digest, digest);
      expect(explains()).toBe(false);
    });

    test("cut off after any change, it is whole after the next try", { timeout: MANY_ACTS_MS }, async () => {
      const artifact = artifactOn(image, "cut off");
      let isDone = false;
      for (let most = 0; !isDone; most += 1) {
        isDone = await attachUntil(world, image, artifact, most);
        await world.registry.attachments.attach(REPOSITORY, image.digest, artifact);
        expect(await attached()).toEqual([other.digest, artifact.descriptor.digest].sort());
        await world.registry.attachments.detach(REPOSITORY, image.digest, artifact.descriptor.digest);
        expect(await attached()).toEqual([other.digest]);
      }
    });

    test("T73: two that write the list of referrers at one moment both end up in it, where ETags count and where they do not", async () => {
      for (const counts of [false, true]) {
        const [one, two] = [artifactOn(image, `one ${counts}`), artifactOn(image, `two ${counts}`)];
        world.fault = together(counts);
        const second = world.openThrough(world.endpoints, {}).attachments;
        await Promise.all([world.registry.attachments.attach(REPOSITORY, image.digest, one), second.attach(REPOSITORY, image.digest, two)]);
        world.fault = (request, registry) => registry(request);
        expect(await attached()).toEqual(expect.arrayContaining([other.digest, one.descriptor.digest, two.descriptor.digest]));
      }
    });

    test("and takes away while the image is held does not come back with it, nor hinders what was there before", async () => {
      const artifact = artifactOn(image, "held");
      await world.registry.attachments.attach(REPOSITORY, image.digest, artifact);
      const held = await holdNow(world, world.key(REPOSITORY, image));
      // Where nothing moves, what is attached stays where it was.
      for (const place of [REPOSITORY, parseRepository(`${QUARANTINE}/${REPOSITORY}`)])
        await world.registry.attachments.detach(place, image.digest, artifact.descriptor.digest);
      await untilDone(world, { ...held, verb: "release" });
      expect(await attached()).toEqual([other.digest]);
      expect(await listed()).toEqual([other.digest]);
    });

    test("is refused before anything is written where the registry deletes nothing", async () => {
      world.fault = async (request, registry) =>
        isDeletion(request) ? Response.json({ errors: [{ code: "UNSUPPORTED" }] }, { status: 405 }) : registry(request);
      const asked = world.registry.attachments.proveDetachable(REPOSITORY).catch((error: unknown) => error);
      expect(await asked).toMatchObject({ code: "unsupported" });
    });
  });

  test("a tag is moved only from where it was read", async () => {
    const tag = parseTag(`${image.digest.replace(":", "-")}.att`);
    const [first, second] = [artifactOn(image, "first"), artifactOn(image, "second")];
    const { attachments } = world.registry;
    expect(await attachments.replace(REPOSITORY, tag, undefined, first)).toBe("replaced");
    expect(await attachments.replace(REPOSITORY, tag, undefined, second)).toBe("moved");
    expect(await world.registry.resolve(REPOSITORY, tag)).toBe(first.descriptor.digest);
    expect(await attachments.replace(REPOSITORY, tag, first.descriptor.digest, second)).toBe("replaced");
  });
}

async function attachUntil(world: World, image: Pushed, artifact: Artifact, most: number): Promise<boolean> {
  let changes = 0;
  world.fault = async (request, registry) => {
    const isChange = request.method !== "GET" && request.method !== "HEAD";
    if (isChange && changes === most) return Response.json({ errors: [{ code: "UNAVAILABLE" }] }, { status: 503 });
    if (isChange) changes += 1;
    return registry(request);
  };
  try {
    await world.registry.attachments.attach(REPOSITORY, image.digest, artifact);
    return true;
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return false;
  } finally {
    world.fault = (request, registry) => registry(request);
  }
}

/**
 * Two writes of a list meet: both have read it before either is written, and neither is answered before both are. Where ETags count the second is refused.
 */
function together(etagsCount: boolean): World["fault"] {
  const met: { readonly request: Request; readonly answered: PromiseWithResolvers<Response> }[] = [];
  return async (request, registry) => {
    const isList = request.method === "PUT" && /\/manifests\/sha256-[0-9a-f]{64}$/.test(new URL(request.url).pathname);
    if (!isList || met.length === 2) return registry(request);
    const answered = Promise.withResolvers<Response>();
    met.push({ request, answered });
    const [first, second] = met;
    if (first !== undefined && second !== undefined) {
      const answer = await registry(first.request);
      const isRefused = etagsCount && second.request.headers.has("if-match");
      second.answered.resolve(isRefused ? new Response(null, { status: 412 }) : await registry(second.request));
      first.answered.resolve(answer);
    }
    return answered.promise;
  };
}
