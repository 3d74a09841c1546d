import type { TagChange } from "../domain/action.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { printImageKey } from "../domain/image-ref.ts";
import type { LeftCode, UndoStep } from "../domain/undo.ts";
import { type ImageHistory, type PlannedUndo, tagLost } from "../enforcement/undo.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { askUsage, type UsageDeps } from "./usage.ts";

export type LookDeps = Pick<GateDeps, "registries" | "clock"> & UsageDeps;

const AT_ONCE = 8;

type Looked = { readonly step: UndoStep } | { readonly code: LeftCode; readonly why: string };

/** Asks the registries whether the planned steps can be taken: whether the bytes are there, and who has the tags now. */
export async function lookAtSteps(
  deps: LookDeps,
  { steps, left }: PlannedUndo,
  histories: ReadonlyMap<string, ImageHistory>,
  signal?: AbortSignal,
): Promise<PlannedUndo> {
  const kept: UndoStep[] = [];
  const gone = [...left];
  for (let from = 0; from < steps.length; from += AT_ONCE) {
    const some = steps.slice(from, from + AT_ONCE);
    const looks = await Promise.all(some.map((step) => look(deps, step, histories.get(printImageKey(step.image))?.record, signal)));
    for (const [place, looked] of looks.entries()) {
      const step = some[place];
      if ("step" in looked) kept.push(looked.step);
      else if (step !== undefined) gone.push(...step.takesBack.map((action) => ({ action, image: step.image, ...looked })));
    }
  }
  return { steps: kept, left: gone };
}

async function look(deps: LookDeps, step: UndoStep, record: ImageRecord | undefined, signal?: AbortSignal): Promise<Looked> {
  const { registry, repository } = step.image;
  const watched = deps.registries.get(registry);
  if (watched === undefined) return { code: "not-watched", why: `the gate does not watch ${registry} any more` };
  try {
    if (step.verb === "release") return await lookAtHeld(watched, step, record, signal);
    if (step.verb === "retag") return await lookAtTags(watched, step, step.changes, record, signal);
    const served = await watched.registry.manifest(repository, step.image.digest, signal);
    if (served === undefined) return { code: "image-gone", why: "the registry does not have the image" };
    return { step: noting(step, await useOf(deps, record)) };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { step: noting(step, [`the registry could not be asked about it (${error.code}): it is looked at when its turn comes`]) };
  }
}

/** A person may hold what runs, and is told before. */
async function useOf(deps: LookDeps, record: ImageRecord | undefined): Promise<readonly string[]> {
  const usage = record === undefined ? undefined : await askUsage(deps, record, deps.clock.now());
  return usage?.kind === "running"
    ? [`it runs in ${usage.where.map(({ place }) => place).join(", ")}: what starts it there anew will not get it`]
    : [];
}

async function lookAtHeld(
  watched: WatchedRegistry,
  step: UndoStep,
  record: ImageRecord | undefined,
  signal?: AbortSignal,
): Promise<Looked> {
  const { registry } = watched;
  const { repository, digest } = step.image;
  const away = record?.hold.kind === "held" ? registry.heldAt(step.image) : undefined;
  const places = away === undefined ? [repository] : [away, repository];
  const found = await Promise.all(places.map((place) => registry.manifest(place, digest, signal)));
  if (found.every((manifest) => manifest === undefined))
    return { code: "copy-gone", why: `its bytes are neither in ${places.join(" nor in ")}` };
  const pointed = await Promise.all(step.tags.map(async (tag) => [tag, await registry.resolve(repository, tag, signal)] as const));
  const lost = pointed.flatMap(([tag, to]) => (to === undefined || to === digest ? [] : [tagLost(tag, to)]));
  return { step: noting(step, lost) };
}

/** A tag that somebody moved since is left alone, which is said before. One that went with a held image comes back with it first. */
async function lookAtTags(
  { registry }: WatchedRegistry,
  step: UndoStep,
  changes: readonly TagChange[],
  record: ImageRecord | undefined,
  signal?: AbortSignal,
): Promise<Looked> {
  const pointed = await Promise.all(changes.map(({ tag }) => registry.resolve(step.image.repository, tag, signal)));
  const kept = record?.hold.kind === "held" ? record.tags : [];
  const lost = changes.flatMap(({ tag, from }, place) => {
    const now = pointed[place] ?? (kept.includes(tag) ? step.image.digest : "absent");
    return now === from ? [] : [now === "absent" ? `tag ${tag} is gone: it is left so` : tagLost(tag, now)];
  });
  return lost.length < changes.length
    ? { step: noting(step, lost) }
    : { code: "tags-moved", why: `all of its tags were moved since: ${changes.map(({ tag }) => tag).join(", ")}` };
}

function noting(step: UndoStep, notes: readonly string[]): UndoStep {
  return notes.length === 0 ? step : { ...step, notes: [...step.notes, ...notes] };
}
