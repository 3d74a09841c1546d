import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { actionId, type MoveAction } from "../../../../shared/domain/action.ts";
import { printImageKey } from "../../../../shared/domain/image-ref.ts";
import { openWords } from "../../../../shared/domain/probe.ts";
import { AdapterError } from "../../../../shared/ports/adapter-error.ts";
import type { EcrRegistry } from "../../../fakes/aws/ecr-registry.ts";
import type { ReplicationRule } from "../../../fakes/aws/state/registry.ts";
import { type Pushed, pushImage, pushIndex } from "../../../fakes/pusher.ts";
import { APP, type EcrWorld, openEcrWorld } from "./ecr-world.ts";

const [HUB, OTHER] = ["123456789012", "210987654321"];
const [HERE, THERE] = ["eu-central-1", "eu-west-1"];
const role = (account: string): string => `arn:aws:iam::${account}:role/moorgate`;

let world: EcrWorld;
let replica: EcrRegistry;
beforeEach(async () => {
  const roles = [HUB, OTHER].map((account) => ({ arn: role(account), externalId: "team-7" }));
  world = await openEcrWorld({ accounts: [HUB, OTHER], regions: [HERE, THERE], roles });
  replica = world.aws.registry(THERE, HUB);
  copyTo({ region: THERE, registryId: HUB });
});
afterEach(() => world.close());

function copyTo(destination: ReplicationRule["destinations"][number], ...filters: readonly string[]): void {
  const repositoryFilters = filters.map((filter) => ({ filter, filterType: "PREFIX_MATCH" }));
  world.home.state.replication = { rules: [{ destinations: [destination], ...(filters.length === 0 ? {} : { repositoryFilters }) }] };
}

const releaseOf = (action: MoveAction): MoveAction => ({ ...action, verb: "release" });
const blocked = (at: EcrRegistry = replica) => at.blocked(APP);
const sorted = (...images: readonly Pushed[]) => images.map(({ digest }) => digest).toSorted();

describe("a hold of what is copied to another region", () => {
  test("reaches the copy, index and children, and is proven there", async () => {
    const children = [await pushImage(world.served, APP, "amd64"), await pushImage(world.served, APP, "arm64")];
    const index = await pushIndex(world.served, APP, children, "1.0");
    const { strength, probes = [] } = await world.registry.hold(await world.plan(index));
    expect([strength, blocked()]).toEqual(["blocked", sorted(index, ...children)]);
    const there = probes.filter(({ isReplica }) => isReplica === true);
    expect(there.map(({ way, answer }) => `${way} ${answer}`)).toEqual(["tag refused", "digest refused", "index refused", "index refused"]);
    expect(new Set(there.map(({ host }) => host))).toEqual(new Set([replica.host]));
  });

  test("stays there when it is deleted at home, which is said", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const { image: key, actor, cause, plannedAt, before } = await world.plan(image);
    await world.registry.hold(await world.plan(image));
    const id = actionId("delete", printImageKey(key), 2);
    const deletion = { id, verb: "delete", image: key, actor, cause, generation: 2, plannedAt, before } as const;
    const { notes } = await world.registry.deleteHeld(deletion);
    expect(notes).toEqual([expect.stringContaining(`${HUB}/${THERE}`)]);
    expect([world.home.blocked(APP), blocked()]).toEqual([[], [image.digest]]);
    copyTo({ region: THERE, registryId: HUB }, "another/");
    expect((await world.open().deleteHeld(deletion)).notes).toEqual([]);
  });

  test("is released there too, also where nothing was left to restore at home", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const action = await world.plan(image);
    await world.registry.hold(action);
    world.home.state.replication = { rules: [] };
    await pushImage(world.served, APP, "x", "1.0");
    copyTo({ region: THERE, registryId: HUB });
    expect([world.home.blocked(APP), blocked()]).toEqual([[], [image.digest]]);
    await world.open().release(releaseOf(action));
    expect(blocked()).toEqual([]);
  });

  test("waits with its release for the copy as for the image", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const action = await world.plan(image);
    await world.registry.hold(action);
    world.aws.controls.restoreLooks = 1;
    world.aws.controls.replicateForMs = 60_000;
    const waits: string[] = [];
    for (let isDone = false; !isDone && waits.length < 10; ) {
      const error = await world.registry.release(releaseOf(action)).catch((fault: unknown) => fault);
      isDone = !(error instanceof AdapterError);
      if (error instanceof AdapterError) waits.push(`${error.code} ${error.message.startsWith("replica") ? "there" : "here"}`);
    }
    expect([...new Set(waits)]).toEqual(["conflict here", "conflict there"]);
    expect([world.home.blocked(APP), blocked()]).toEqual([[], []]);
  });

  test("that a restore at home was repeated to is shut again with the next hold", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const action = await world.plan(image);
    await world.registry.hold(action);
    await pushImage(world.served, APP, "x", "1.0");
    expect([world.home.blocked(APP), blocked()]).toEqual([[], []]);
    expect((await world.registry.hold(action)).strength).toBe("blocked");
    expect([world.home.blocked(APP), blocked()]).toEqual([[image.digest], [image.digest]]);
  });

  test("says of a copy that it could not shut that it serves the image still", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const action = await world.plan(image);
    world.aws.decide = ({ operation, region }) => (operation === "UpdateImageStorageClass" && region === THERE ? "fail" : "pass");
    const { strength, probes = [] } = await world.registry.hold(action);
    expect([strength, openWords(probes)]).toEqual(["advisory", [`replica ${replica.host} serves it still`]]);
    expect(world.home.blocked(APP)).toEqual([image.digest]);
  });

  test("says of a copy that it could not ask that nobody knows, and holds at home all the same", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const action = await world.plan(image);
    world.aws.decide = ({ region }) => (region === THERE ? "fail" : "pass");
    const { strength, probes = [] } = await world.registry.hold(action);
    expect(strength).toBe("blocked");
    expect(openWords(probes).join()).toMatch(/whether replica .*eu-west-1.* serves it still is not known/);
    expect((await world.registry.release(releaseOf(action))).notes.join()).toMatch(/eu-west-1 may hold it still/);
    expect(world.home.blocked(APP)).toEqual([]);
    world.aws.decide = () => "pass";
    expect((await world.registry.hold(action)).probes?.filter(({ answer }) => answer === "unknown")).toEqual([]);
    expect(blocked()).toEqual([image.digest]);
  });

  test("takes no rule that leads back to the registry itself for a copy", async () => {
    copyTo({ region: HERE, registryId: HUB });
    const image = await pushImage(world.served, APP, "x", "1.0");
    const { probes = [] } = await world.registry.hold(await world.plan(image));
    expect(probes.filter(({ isReplica }) => isReplica === true)).toEqual([]);
  });

  test("says of a copy that is not there yet that it may come later", async () => {
    world.aws.controls.replicateForMs = 60_000;
    const image = await pushImage(world.served, APP, "x", "1.0");
    const { strength, notes } = await world.registry.hold(await world.plan(image));
    expect([strength, notes.join()]).toEqual(["blocked", expect.stringContaining(`replica ${replica.host} does not have it now`)]);
  });

  test("that takes tags alone says that the copy keeps them", async () => {
    const part = await pushImage(world.served, APP, "part", "amd64");
    await pushIndex(world.served, APP, [part], "1.0");
    const action = await world.plan(part);
    const { notes } = await world.registry.hold({ ...action, before: { ...action.before, only: "tags" } });
    expect(notes.join()).toContain(`replica ${HUB}/${THERE} keeps its tags`);
  });

  test("goes to no region that the rules do not name for its repository", async () => {
    copyTo({ region: THERE, registryId: HUB }, "another/");
    const image = await pushImage(world.served, APP, "x", "1.0");
    world.calls();
    const { probes = [] } = await world.registry.hold(await world.plan(image));
    expect(probes.filter(({ isReplica }) => isReplica === true)).toEqual([]);
    expect(world.aws.calls.filter(({ region }) => region === THERE)).toEqual([]);
  });

  test("says so where it may not be known whether there are copies", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const action = await world.plan(image);
    world.aws.decide = ({ operation }) => (operation === "DescribeRegistry" ? "fail" : "pass");
    const { strength, notes } = await world.registry.hold(action);
    expect([strength, notes.join()]).toEqual(["blocked", expect.stringMatching(/whether it is copied .* is not known/)]);
  });
});

describe("a hold of what is copied to another account", () => {
  beforeEach(() => copyTo({ region: HERE, registryId: OTHER }));

  test.each([
    ["of the same name there", { role: role(HUB) }],
    ["that is named for it", { replicaRole: role("{account}") }],
  ])("reaches it by the role %s", async (_, roles) => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const registry = world.open({ ...roles, externalId: "team-7" });
    const { strength, probes = [] } = await registry.hold(await world.plan(image));
    const there = world.aws.registry(HERE, OTHER);
    expect([strength, blocked(there)]).toEqual(["blocked", [image.digest]]);
    expect(probes.map(({ host }) => host)).toContain(there.host);
  });

  test("does not without a role, and its outcome says so", async () => {
    const image = await pushImage(world.served, APP, "x", "1.0");
    const { strength, probes = [] } = await world.registry.hold(await world.plan(image));
    expect(strength).toBe("blocked");
    expect(openWords(probes)).toEqual([expect.stringContaining(`${OTHER}.dkr.ecr.${HERE}.amazonaws.com`)]);
    expect(blocked(world.aws.registry(HERE, OTHER))).toEqual([]);
  });
});
