import { expect, test } from "vitest";
import { limitsOf } from "../../fixtures/brake.ts";
import { ACTOR, type Lying, startTakeOver } from "./world.ts";

/** In shop/app1 lie 1, 3 and 5. */
const LYING: Lying = { count: 6, critical: [1, 2, 3, 5], clean: [4], running: [], repositories: 2 };

test("what could not be judged is told, and when it can be it is part of the run and under the brake: it is no push", async () => {
  let isWell = false;
  const around = async (request: Request, next: (request: Request) => Promise<Response>): Promise<Response> =>
    !isWell && request.method === "GET" && request.url.includes("/shop/app1/manifests/sha256:")
      ? new Response("{}", { status: 403 })
      : next(request);
  const world = await startTakeOver(LYING, { around, brake: limitsOf({ images: 1 }) });
  try {
    const { operator, takeOvers } = world.gate;
    await operator.sweep();
    await world.drain();
    const asked = { registry: world.registry, actor: ACTOR };
    expect(await takeOvers.plan(asked)).toMatchObject({ plan: { unjudged: 3, numbers: { images: 3, hold: 1 } } });
    const confirmed = await takeOvers.confirm(asked);
    await world.drain();
    isWell = true;
    await operator.sweep();
    await world.drain();
    expect(await world.held()).toEqual([2]);
    const run = confirmed.kind === "confirmed" ? confirmed.run : "";
    expect(await operator.runs("stopped")).toMatchObject([{ id: run, held: 1, waiting: 3 }]);
  } finally {
    await world.stop();
  }
});
