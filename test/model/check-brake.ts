import type { World } from "./world.ts";

/** No run has held more than it may before a person said that it goes on. What was rejected may be held for other reasons. */
export async function checkBrake({ store, setup }: World): Promise<readonly string[]> {
  if (setup.brake === "off") return [];
  const { images: most } = setup.brake;
  const found: string[] = [];
  for (const { id, state } of await store.runs.list({ limit: 100 })) {
    if (state === "approved" || state === "rejected") continue;
    const { items } = await store.ledger.findActions({ run: id, limit: 500 });
    const held = items.filter(({ action, outcome }) => action.verb === "hold" && outcome?.kind === "applied");
    const images = new Set(held.map(({ action }) => `${action.image.repository}@${action.image.digest}`));
    if (images.size > most) found.push(`run ${id} held ${images.size} images and may hold ${most} without being asked`);
  }
  return found;
}
