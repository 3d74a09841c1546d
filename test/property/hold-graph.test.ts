import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MoveAction } from "../../shared/domain/action.ts";
import type { Digest } from "../../shared/domain/digest.ts";
import { untilDone } from "../contract/hold-situation.ts";
import { actionFor, openWorld, type RegistryRow, ROWS, VENDOR_ROWS, type World } from "../contract/registry-row.ts";
import { type Pushed, pushImage, pushIndex } from "../fakes/pusher.ts";

interface Graph {
  /** Whether each image has a tag of its own. */
  readonly images: readonly boolean[];
  /** Each index names images (even numbers) and earlier indexes (odd ones), and may have no tag of its own where another names it. */
  readonly indexes: readonly { readonly names: readonly number[]; readonly hasTag: boolean }[];
  /** What is held, in this order, and whether it is released before the next hold; all is released in the end. */
  readonly holds: readonly { readonly which: number; readonly isBrief: boolean }[];
}

const graph: fc.Arbitrary<Graph> = fc.record({
  images: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
  indexes: fc.array(fc.record({ names: fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }), hasTag: fc.boolean() }), {
    minLength: 1,
    maxLength: 5,
  }),
  holds: fc.array(fc.record({ which: fc.nat(9), isBrief: fc.boolean() }), { minLength: 1, maxLength: 5 }),
});

interface Node {
  readonly pushed: Pushed;
  readonly children: readonly Digest[];
  readonly isTagged: boolean;
}

type Nodes = ReadonlyMap<Digest, Node>;

async function push({ served }: World, repository: string, { images, indexes }: Graph): Promise<Nodes> {
  const nodes = new Map<Digest, Node>();
  const leaves: Pushed[] = [];
  for (const [at, hasTag] of images.entries()) {
    const pushed = await pushImage(served, repository, `image ${at}`, hasTag ? `image-${at}` : undefined);
    leaves.push(pushed);
    nodes.set(pushed.digest, { pushed, children: [], isTagged: hasTag });
  }
  const made: Pushed[] = [];
  for (const [at, { names, hasTag }] of indexes.entries()) {
    const named = names.map((name) => (name % 2 === 1 ? made[name % Math.max(1, made.length)] : undefined) ?? leaves[name % leaves.length]);
    const children = [...new Map(named.filter((one) => one !== undefined).map((one) => [one.digest, one])).values()];
    const isTagged = hasTag || !indexes.slice(at + 1).some((later) => later.names.some((name) => name % 2 === 1));
    const pushed = await pushIndex(served, repository, children, isTagged ? `index-${at}` : undefined);
    const before = nodes.get(pushed.digest);
    if (before === undefined) made.push(pushed);
    nodes.set(pushed.digest, { pushed, children: children.map(({ digest }) => digest), isTagged: isTagged || before?.isTagged === true });
  }
  return nodes;
}

/** What the gate judges for itself: what has a tag. */
const judged = (nodes: Nodes): readonly Digest[] => [...nodes].filter(([, { isTagged }]) => isTagged).map(([digest]) => digest);

function reach(nodes: Nodes, digest: Digest): readonly Digest[] {
  return [digest, ...(nodes.get(digest)?.children ?? []).flatMap((child) => reach(nodes, child))];
}

/** A free image or index that cannot be pulled with all that it names. */
async function brokenAmong(world: World, repository: string, nodes: Nodes, held: ReadonlySet<Digest>): Promise<readonly string[]> {
  const missing: string[] = [];
  // What a held index names may be a judged image of its own, which is free as long as it is not held itself.
  for (const free of judged(nodes).filter((digest) => !held.has(digest))) {
    for (const digest of reach(nodes, free).filter((one) => !held.has(one))) {
      const { status } = await world.served.send("HEAD", `/v2/${repository}/manifests/${digest}`);
      if (status !== 200) missing.push(`${free} misses ${digest}`);
    }
  }
  return missing;
}

async function hold(world: World, repository: string, digest: Digest): Promise<MoveAction | undefined> {
  const key = world.key(repository, { digest });
  const before = await world.registry.survey(key, new Set());
  if (before === undefined) return undefined;
  const action = actionFor("hold", key, before);
  await untilDone(world, action);
  return action;
}

for (const row of [ROWS[0], VENDOR_ROWS[0]]) if (row !== undefined) property(row);

function property(row: RegistryRow): void {
  let world: World;
  let runs = 0;
  beforeAll(async () => {
    world = await openWorld(row);
  });
  afterAll(() => world.served.close());

  test(`${row.name}: whatever is held, no free index misses what it names; after the releases all is as before`, async () => {
    await fc.assert(
      fc.asyncProperty(graph, async (shape) => {
        runs += 1;
        const repository = `graph/${runs}`;
        const nodes = await push(world, repository, shape);
        const before = await world.served.contents(repository);
        const candidates = judged(nodes);
        const held = new Map<Digest, MoveAction>();
        for (const { which, isBrief } of shape.holds) {
          const digest = candidates[which % candidates.length];
          if (digest === undefined || held.has(digest)) continue;
          const action = await hold(world, repository, digest);
          if (action === undefined) throw new Error("what is free could not be surveyed");
          held.set(digest, action);
          expect(await brokenAmong(world, repository, nodes, new Set(held.keys()))).toEqual([]);
          expect((await world.served.send("HEAD", `/v2/${repository}/manifests/${digest}`)).status).not.toBe(200);
          if (!isBrief) continue;
          await untilDone(world, { ...action, verb: "release" });
          held.delete(digest);
          expect(await brokenAmong(world, repository, nodes, new Set(held.keys()))).toEqual([]);
        }
        for (const action of held.values()) await untilDone(world, { ...action, verb: "release" });
        expect(await world.served.contents(repository)).toEqual(before);
      }),
      { numRuns: 6 },
    );
  }, 60_000);
}
