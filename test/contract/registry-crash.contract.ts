import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MoveAction, MoveVerb } from "../../shared/domain/action.ts";
import { parseRepository, type Repository } from "../../shared/domain/image-ref.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { type Pushed, pushImage, pushIndex, pushReferrer, pushReferrersList, tagAs } from "../fakes/pusher.ts";
import { type Contents } from "../fakes/served-registry.ts";
import { MANY_ACTS_MS } from "./hold-situation.ts";
import { actionFor, holdNow, openWorld, QUARANTINE, type RegistryRow, type World } from "./registry-row.ts";

interface State {
  readonly source: Contents;
  readonly quarantine: Contents;
}

/** Cut off after any change that it made, an act leaves the image in one of its two places, and done again it ends where it would have. */
export function registryCrashContract(row: RegistryRow): void {
  let world: World;
  let index: Pushed;
  let held: MoveAction;
  let children: readonly Pushed[];
  beforeAll(async () => {
    world = await openWorld(row);
    ({ index, children } = await pushFamily(world, "free/api"));
    await world.served.clone("free/api", "held/api");
    held = await holdNow(world, world.key("held/api", index));
  }, MANY_ACTS_MS);
  afterAll(() => world.served.close());

  async function stateOf(repository: string): Promise<State> {
    return { source: await world.served.contents(repository), quarantine: await world.served.contents(`${QUARANTINE}/${repository}`) };
  }

  /** The same situation under another name. */
  async function situation(verb: MoveVerb, name: string): Promise<MoveAction> {
    const repository = parseRepository(name);
    const from = verb === "hold" ? "free/api" : "held/api";
    await world.served.clone(from, repository);
    if (verb === "release") await world.served.clone(`${QUARANTINE}/${from}`, `${QUARANTINE}/${repository}`);
    return renamed(verb, held, repository);
  }

  /** @returns how many changes were let through before the process "died" or was done. */
  async function runUntil(action: MoveAction, most: number): Promise<number> {
    let changes = 0;
    world.fault = async (request, registry) => {
      if (changes === most) return Response.json({ errors: [{ code: "UNAVAILABLE" }] }, { status: 503 });
      if (request.method !== "GET" && request.method !== "HEAD") changes += 1;
      return registry(request);
    };
    const fault = await world.registry[action.verb](action).then(
      () => "none",
      (error: unknown) => (error instanceof AdapterError ? error.code : error),
    );
    world.fault = (request, registry) => registry(request);
    expect(["none", "unreachable"]).toContain(fault);
    return changes;
  }

  /** All of the image can be pulled from one of the two places, or put together from both. */
  function expectNothingLost({ source, quarantine }: State): void {
    const there = new Set([...source.manifests, ...quarantine.manifests]);
    for (const { digest } of [index, ...children]) expect(there).toContain(digest.replace(":", "-"));
  }

  describe.each(["hold", "release"] as const)("%s", (verb) => {
    test("cut off after any change, it loses nothing and is finished by the next run", { timeout: MANY_ACTS_MS }, async () => {
      const whole = await situation(verb, `${verb}/whole`);
      const all = await runUntil(whole, Number.POSITIVE_INFINITY);
      const end = await stateOf(`${verb}/whole`);
      expect(all).toBeGreaterThan(10);
      for (let most = 0; most < all; most += row.stride) {
        const name = `${verb}/cut${most}`;
        const action = await situation(verb, name);
        expect(await runUntil(action, most)).toBe(most);
        expectNothingLost(await stateOf(name));
        await runUntil(action, Number.POSITIVE_INFINITY);
        expect(await stateOf(name), `cut off after ${most} of ${all} changes`).toEqual(end);
      }
    });
  });

  test("a hold that was cut off anywhere can be taken back", { timeout: MANY_ACTS_MS }, async () => {
    const start = await stateOf("free/api");
    const all = await runUntil(await situation("hold", "back/whole"), Number.POSITIVE_INFINITY);
    for (let most = 0; most < all; most += 3 * row.stride) {
      const name = `back/cut${most}`;
      const action = await situation("hold", name);
      await runUntil(action, most);
      await runUntil({ ...action, verb: "release" }, Number.POSITIVE_INFINITY);
      expect(await stateOf(name), `cut off after ${most} of ${all} changes`).toEqual(start);
    }
  });
}

/** Two children of which one is needed elsewhere, two tags, a signature with its list. */
async function pushFamily(
  { served }: World,
  repository: string,
): Promise<{ readonly index: Pushed; readonly children: readonly Pushed[] }> {
  const children = [await pushImage(served, repository, "amd64"), await pushImage(served, repository, "shared")];
  const index = await pushIndex(served, repository, children, "1.0");
  await tagAs(served, repository, index, "latest");
  await pushIndex(served, repository, children.slice(1), "other");
  for (const subject of [index, ...children.slice(0, 1)]) {
    await pushReferrersList(served, repository, subject, [
      await pushReferrer(served, repository, subject, `signature of ${subject.digest}`),
    ]);
  }
  return { index, children };
}

function renamed(verb: MoveVerb, { image, before }: MoveAction, repository: Repository): MoveAction {
  return actionFor(verb, { ...image, repository }, { ...before, quarantine: parseRepository(`${QUARANTINE}/${repository}`) });
}
