import { actionId, type DeleteAction, type MoveAction, type MoveVerb } from "../../shared/domain/action.ts";
import { parseRepository, printImageKey } from "../../shared/domain/image-ref.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { ActResult, Registry } from "../../shared/ports/registry.ts";
import { type Pushed, pushImage, pushIndex, pushReferrer, pushReferrersList } from "../fakes/pusher.ts";
import { actionFor, QUARANTINE, type RegistryRow, type World } from "./registry-row.ts";

/** For tests that do dozens of acts: on a slow and busy machine each takes its time. */
export const MANY_ACTS_MS = 180_000;

export interface Family {
  readonly index: Pushed;
  /** Nothing else names it. */
  readonly own: Pushed;
  readonly shared: Pushed;
  readonly other: Pushed;
}

/** Two children of which one is needed elsewhere, two tags, a signature with its list and one under its legacy tag. */
export async function pushFamily({ served }: World, repository: string): Promise<Family> {
  const [own, shared] = [await pushImage(served, repository, "own"), await pushImage(served, repository, "shared")];
  const index = await pushIndex(served, repository, [own, shared], "1.0");
  await pushIndex(served, repository, [own, shared], "latest");
  const other = await pushIndex(served, repository, [shared], "other");
  await pushReferrersList(served, repository, index, [await pushReferrer(served, repository, index, "signature")]);
  await pushImage(served, repository, "legacy", `${index.digest.replace(":", "-")}.sig`);
  return { index, own, shared, other };
}

export async function planHold({ key, registry }: World, repository: string, image: Pushed): Promise<MoveAction> {
  const named = key(repository, image);
  const before = await registry.survey(named, new Set());
  if (before === undefined) throw new Error("there is nothing to hold");
  return actionFor("hold", named, before);
}

export async function stateOf({ served, blocked }: World, repository: string) {
  const [source, quarantine] = [await served.contents(repository), await served.contents(`${QUARANTINE}/${repository}`)];
  return { source, quarantine, blocked: blocked(repository) };
}

/** The same situation under another name: nothing done yet, or held. */
export async function situation({ served }: World, verb: Act["verb"], plan: MoveAction, name: string): Promise<Act> {
  const [folder = ""] = plan.image.repository.split("/");
  const [from, to] = [`${folder}/${verb === "hold" ? "free" : "held"}`, `${folder}/${name}`];
  await served.clone(from, to);
  if (verb !== "hold") await served.clone(`${QUARANTINE}/${from}`, `${QUARANTINE}/${to}`).catch(() => undefined);
  return verb === "delete" ? deletionOf(plan, to) : renamed(verb, plan, to);
}

export function renamed(verb: MoveVerb, { image, before }: MoveAction, name: string): MoveAction {
  const repository = parseRepository(name);
  return actionFor(verb, { ...image, repository }, { ...before, quarantine: parseRepository(`${QUARANTINE}/${name}`) });
}

/** Of what a hold has moved. */
export function deletionOf({ image, actor, plannedAt, before }: MoveAction, repository: string = image.repository): DeleteAction {
  const named = { ...image, repository: parseRepository(repository) };
  const place = { ...before, quarantine: parseRepository(`${QUARANTINE}/${repository}`) };
  const id = actionId("delete", printImageKey(named), 2);
  return { id, verb: "delete", image: named, actor, cause: { policy: "1" }, generation: 2, plannedAt, before: place };
}

/** What is done to an image as a whole. */
export type Act = MoveAction | DeleteAction;

/** Those that the row's registry can do. */
export function verbsOf({ vendor }: RegistryRow): readonly Act["verb"][] {
  return vendor === undefined ? ["hold", "release", "delete"] : ["hold", "release"];
}

export async function perform(registry: Registry, action: Act): Promise<ActResult> {
  return action.verb === "delete" ? registry.deleteHeld(action) : registry[action.verb](action);
}

/** What a whole act says. */
export function strengthAfter({ registry }: World, verb: Act["verb"]): ActResult["strength"] {
  return verb === "release" ? "advisory" : registry.capabilities.hold.strength;
}

/** As the queue does it: again while the registry says that it is under way. */
export async function untilDone({ registry }: World, action: Act): Promise<ActResult> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await perform(registry, action);
    } catch (error) {
      if (!(error instanceof AdapterError) || !error.retryable || tries === 10) throw error;
    }
  }
}
