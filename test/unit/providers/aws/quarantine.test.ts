import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { actionId, type DeleteAction, type MoveAction } from "../../../../shared/domain/action.ts";
import { printImageKey } from "../../../../shared/domain/image-ref.ts";
import type { Registry } from "../../../../shared/ports/registry.ts";
import type { EcrRegistry } from "../../../fakes/aws/ecr-registry.ts";
import { type Pushed, pushImage, pushIndex, pushSigned } from "../../../fakes/pusher.ts";
import { APP, type EcrWorld, openEcrWorld } from "./ecr-world.ts";

const PLACE = `quarantine/${APP}`;
const [HERE, THERE] = ["eu-central-1", "eu-west-1"];

let world: EcrWorld;
/** The same registry by either setting. */
let moving: Registry;
let archiving: Registry;
beforeEach(async () => {
  world = await openEcrWorld({ regions: [HERE, THERE] });
  moving = world.open({ hold: "quarantine-repository" });
  archiving = world.registry;
});
afterEach(() => world.close());

const releaseOf = (action: MoveAction): MoveAction => ({ ...action, verb: "release" });
const manifestsIn = async (repository: string) => (await world.home.contents(repository)).manifests.map((name) => name.replace("-", ":"));

function deletionOf({ image, actor, cause, plannedAt, before }: MoveAction): DeleteAction {
  return { id: actionId("delete", printImageKey(image), 2), verb: "delete", image, actor, cause, generation: 2, plannedAt, before };
}

async function held(by: Registry, image: Pushed): Promise<MoveAction> {
  const action = await world.plan(image);
  await by.hold(action);
  return action;
}

describe("a quarantine repository that the first hold has to make", () => {
  const KMS = { encryptionType: "KMS", kmsKey: `arn:aws:kms:${HERE}:123456789012:key/images` };
  const encryption = () => world.home.state.repositories.get(PLACE)?.settings.encryptionConfiguration;

  test("is encrypted as the repository whose images it gets", async () => {
    world.home.create(APP, { encryptionConfiguration: KMS });
    await held(moving, await pushImage(world.served, APP, "x", "1.0"));
    expect(encryption()).toEqual(KMS);
  });

  test("asks for nobody's key where it gets no image", async () => {
    world.home.create(APP, { encryptionConfiguration: KMS });
    await held(archiving, await pushImage(world.served, APP, "x", "1.0"));
    expect(encryption()).toEqual({ encryptionType: "AES256" });
  });
});

test("layers are carried where the account does not mount them, and none where it does", async () => {
  const carried = async (name: string) => {
    const image = await pushImage(world.served, APP, name, name);
    world.calls();
    const action = await held(moving, image);
    const puts = world.calls("PUT upload");
    await moving.release(releaseOf(action));
    return puts;
  };
  expect(await carried("one")).toBe(2);
  world.home.state.settings.set("BLOB_MOUNTING", "ENABLED");
  expect(await carried("two")).toBe(0);
});

describe("an image that was held before the setting was changed", () => {
  let image: Pushed;
  let untouched: Awaited<ReturnType<EcrRegistry["contents"]>>;
  beforeEach(async () => {
    ({ image } = await pushSigned(world.served, APP, "x", "1.0"));
    untouched = await world.home.contents(APP);
  });

  test("in the archive stays there when it is held again, and comes back from there", async () => {
    const action = await held(archiving, image);
    expect((await moving.hold(action)).strength).toBe("blocked");
    expect(world.home.blocked(APP)).toEqual([image.digest]);
    await moving.release(releaseOf(action));
    expect([await world.home.contents(APP), world.home.blocked(APP)]).toEqual([untouched, []]);
    expect(await manifestsIn(PLACE)).toEqual([]);
  });

  test("in the quarantine repository is moved there again when it was pushed again, and comes back from there", async () => {
    const action = await held(moving, image);
    await pushImage(world.served, APP, "x", "1.0");
    expect((await archiving.hold(action)).strength).toBe("hidden");
    expect(world.home.blocked(APP)).toEqual([]);
    await archiving.release(releaseOf(action));
    expect(await world.home.contents(APP)).toEqual(untouched);
    expect(await manifestsIn(PLACE)).toEqual([]);
  });

  test("is deleted from where it is, and nothing of it is left", async () => {
    const second = await pushIndex(world.served, APP, [await pushImage(world.served, APP, "part")], "2.0");
    const [archived, moved] = [await held(archiving, image), await held(moving, second)];
    await moving.deleteHeld(deletionOf(archived));
    await archiving.deleteHeld(deletionOf(moved));
    expect([await manifestsIn(APP), await manifestsIn(PLACE)]).toEqual([[], []]);
  });

  test("is deleted to its end where the deletion was cut off after the image", async () => {
    const index = await pushIndex(world.served, APP, [await pushImage(world.served, APP, "part")], "2.0");
    const action = await held(archiving, index);
    await world.home.send("DELETE", `/v2/${APP}/manifests/${index.digest}`);
    await moving.deleteHeld(deletionOf(action));
    expect(world.home.blocked(APP)).toEqual([]);
  });

  test("in the archive takes the index there too that came to need it: ECR lets none be copied without its parts", async () => {
    const part = await pushImage(world.served, APP, "part", "part");
    const first = await held(archiving, part);
    const index = await pushIndex(world.served, APP, [part], "2.0");
    const second = await held(moving, index);
    expect(world.home.blocked(APP)).toEqual([part.digest, index.digest].toSorted());
    await moving.release(releaseOf(first));
    await moving.release(releaseOf(second));
    expect(world.home.blocked(APP)).toEqual([]);
  });

  test("is read in the archive as well as it was", async () => {
    const action = await held(archiving, image);
    const place = moving.heldAt(action.image);
    if (place === undefined) throw new Error("no place");
    expect((await moving.manifest(place, action.image.digest))?.digest).toBe(image.digest);
  });
});

describe("a hold of what is copied to another region", () => {
  let replica: EcrRegistry;
  const copy = (filter?: string) => {
    const only = filter === undefined ? {} : { repositoryFilters: [{ filter, filterType: "PREFIX_MATCH" }] };
    world.home.state.replication = { rules: [{ destinations: [{ region: THERE, registryId: world.home.account }], ...only }] };
  };
  beforeEach(() => {
    replica = world.aws.registry(THERE, world.home.account);
    copy();
  });

  test("shuts the copy in the archive there, and a release brings it back", async () => {
    copy(APP);
    const image = await pushImage(world.served, APP, "x", "1.0");
    const action = await world.plan(image);
    const { strength, probes = [], notes } = await moving.hold(action);
    expect([strength, replica.blocked(APP)]).toEqual(["hidden", [image.digest]]);
    expect(probes.filter(({ isReplica }) => isReplica === true).map(({ answer }) => answer)).toEqual(["refused", "refused"]);
    expect(notes.join()).not.toContain("copy of quarantine");
    await moving.release(releaseOf(action));
    expect([await manifestsIn(APP), replica.blocked(APP)]).toEqual([[image.digest], []]);
  });

  test("says that it serves the image still where it could not be shut", async () => {
    const action = await world.plan(await pushImage(world.served, APP, "x", "1.0"));
    world.aws.decide = ({ operation }) => (operation === "UpdateImageStorageClass" ? "fail" : "pass");
    expect((await moving.hold(action)).strength).toBe("advisory");
  });

  test("says where the quarantine is copied too, also when the image is deleted", async () => {
    const action = await world.plan(await pushImage(world.served, APP, "x", "1.0"));
    expect((await moving.hold(action)).notes.join()).toContain(`${THERE} keeps a copy of ${PLACE} too`);
    expect((await moving.deleteHeld(deletionOf(action))).notes.join()).toContain(`${THERE} keeps a copy of ${PLACE} too`);
  });
});
