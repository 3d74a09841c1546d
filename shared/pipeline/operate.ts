import type { Actor } from "../domain/action.ts";
import type { ImageKey, ImageRef } from "../domain/image-ref.ts";
import { printImageKey, printImageRef } from "../domain/image-ref.ts";
import { printInstant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Operated, OperatorRequest, Preview } from "../ports/operator.ts";
import { look, weigh } from "./admit.ts";
import type { Attempt } from "./carry-out.ts";
import { commitVerdict } from "./commit.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { describePlan } from "./describe.ts";
import type { Prepared, Wish } from "./prepare.ts";
import { carryAll } from "./steps.ts";
import { holding, ordered, releasing } from "./wish.ts";
import { present, rejudge } from "./work.ts";

type Answer = Operated | Preview;
export type NotDone = Extract<Operated, { readonly kind: "refused" | "not-found" }>;

/** Holds an image whatever its verdict, until it is released by hand. */
export async function hold(deps: GateDeps, request: OperatorRequest): Promise<Answer> {
  return operate(
    deps,
    request,
    holding(request.actor, () => deps.clock.now()),
  );
}

/** Releases an image; while it violates the policy for the reasons known now, it is not held again. */
export async function release(deps: GateDeps, request: OperatorRequest): Promise<Answer> {
  return operate(
    deps,
    request,
    releasing(request.actor, () => deps.clock.now()),
  );
}

function operate(deps: GateDeps, request: OperatorRequest, wish: Wish): Promise<Answer> {
  return atImage(deps, request.image, (watched, key) => act(deps, watched, key, request, wish));
}

/** Does something with an image that a person named, while nobody else does. */
export async function atImage<T>(
  deps: GateDeps,
  image: OperatorRequest["image"],
  run: (watched: WatchedRegistry, key: ImageKey) => Promise<T>,
): Promise<T | NotDone> {
  const watched = deps.registries.get(image.registry);
  if (watched === undefined) return notFound(image, `the gate does not watch ${image.registry}`, "add the registry to moorgate.yaml");
  if (watched.registry.isOwn(image.repository))
    return { kind: "refused", why: "the repository belongs to the gate itself", mend: "name the image by its own repository" };
  const key = await find(deps, watched, image);
  if (key === undefined)
    return notFound(image, "neither the registry nor the ledger has it", "check the name with `moorgate explain`, or name it by digest");
  try {
    return await deps.locks.run(`image:${printImageKey(key)}`, () => run(watched, key));
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { kind: "refused", why: error.message, mend: error.mend ?? "nothing was changed; try again when the registry answers" };
  }
}

async function act(deps: GateDeps, watched: WatchedRegistry, key: ImageKey, request: OperatorRequest, wish: Wish): Promise<Answer> {
  const now = deps.clock.now();
  const attempt: Attempt = { queuedAt: now, now };
  const weighed = await weighNow(deps, watched, key, wish, attempt);
  if ("kind" in weighed) return weighed;
  const prepared = ordered(weighed, request.actor, {});
  const { record, action } = prepared;
  if (action === undefined && record.override === undefined) return { kind: "there", record };
  if (request.dryRun === true)
    return { kind: "plan", record, ...present({ action }), sentences: describePlan(prepared, watched.registry.capabilities) };
  return commitAndCarry(deps, watched, prepared, attempt);
}

/** Judges it anew. */
export async function weighNow(
  deps: GateDeps,
  watched: WatchedRegistry,
  key: ImageKey,
  wish: Wish,
  attempt: Attempt,
): Promise<Prepared | NotDone> {
  const work = { ...key, origin: "operator" } as const;
  const looked = await look(deps, watched, key, work, attempt);
  if (looked.kind === "stop") return nothingThere(deps, key);
  const weighed = await weigh(deps, watched, work, looked, wish, attempt);
  return weighed === "gone" ? notFound(key, "it left its repository just now", "try again") : weighed;
}

async function nothingThere({ ledger }: GateDeps, key: ImageKey): Promise<NotDone> {
  const deleted = (await ledger.image(key))?.deleted;
  return deleted === undefined
    ? notFound(key, "the registry no longer has it, or it is no image", "list what there is with `moorgate sweep`")
    : notFound(key, `the gate deleted it for ever at ${printInstant(deleted.at)} (${deleted.actionId})`, "only a push brings it back");
}

async function commitAndCarry(deps: GateDeps, watched: WatchedRegistry, prepared: Prepared, attempt: Attempt): Promise<Answer> {
  const { record, action } = prepared;
  // Should the process end here, the queue brings it to its end.
  if (action !== undefined) await deps.queue.put([rejudge(record.key, "operator", attempt.now)], attempt.now);
  if ((await commitVerdict(deps, prepared, attempt.now)) === "conflict")
    return { kind: "refused", why: "the image changed meanwhile", mend: "try again" };
  if (action === undefined) return { kind: "there", record };
  return carryAsked(deps, watched, prepared, action.actor, attempt);
}

async function carryAsked(deps: GateDeps, watched: WatchedRegistry, prepared: Prepared, actor: Actor, attempt: Attempt): Promise<Answer> {
  const work = { ...prepared.record.key, origin: "operator" } as const;
  const carried = await carryAll(deps, watched, work, prepared, attempt, (next) => ordered(next, actor, {}));
  const mend = "the gate goes on trying; see `moorgate explain`";
  if (carried.kind === "later") return { kind: "refused", why: carried.outcome.kind === "done" ? "unknown" : carried.outcome.why, mend };
  // Tags that went before or came after belong to it.
  const asked = carried.steps.find((step) => step.action.verb !== "retag") ?? carried.steps[0];
  return asked === undefined ? { kind: "refused", why: "unknown", mend } : { kind: "done", ...asked, record: carried.record };
}

/** By digest, by tag in the registry, or by the tag that a held image had. */
async function find(deps: GateDeps, watched: WatchedRegistry, ref: ImageRef): Promise<ImageKey | undefined> {
  const { registry, repository } = ref;
  if (ref.digest !== undefined) return { registry, repository, digest: ref.digest };
  if (ref.tag === undefined) return undefined;
  const digest = await watched.registry.resolve(repository, ref.tag);
  if (digest !== undefined) return { registry, repository, digest };
  const { items } = await deps.ledger.images({ registry, repository, held: true, tag: ref.tag, limit: 1 });
  return items[0]?.key;
}

function notFound(image: ImageRef, why: string, mend: string): NotDone {
  return { kind: "not-found", why: `${printImageRef(image)}: ${why}`, mend };
}
