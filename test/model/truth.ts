import type { Instant } from "../../shared/domain/time.ts";
import type { Shelf } from "../fakes/memory-registry.ts";
import { QUARANTINE, type World } from "./world.ts";

/** What the model remembers beside the registry that never had a gate. */
export interface Truth {
  /**
   * A user changes tags, or deletes the digest, while the gate keeps images away or is about to: what was taken away may come back with what it
   * had then, for the user changed something that the gate had in its hands.
   */
  disturb(world: Disturbed, repository: string, tags: readonly string[], digest: string | undefined): void;
  /** From its plan to its end an act has an image in its hands, also while it waits to be tried again and nothing goes on. */
  underWay(repository: string, digest: string, from: Instant, to: Instant | undefined): void;
  /** An event that comes late may tell of a tag that was taken away since. */
  toldLate(repository: string, tag: string | undefined, digest: string): void;
  /** A user changed a tag that the gate had moved, or was about to: nobody can say whose it is then. */
  confuse(repository: string, tag: string): void;
  isConfused(repository: string, tag: string): boolean;
  /** The gate gave a release tag to an image that nobody had given it to. */
  promoted(repository: string, tag: string, digest: string, plannedAt: Instant): void;
  /** `by`: only what was planned till then. */
  wasPromoted(repository: string, tag: string, digest: string, by?: Instant): boolean;
  /** The gate deleted it for ever. */
  deleted(repository: string, digest: string): void;
  wasDeleted(repository: string, digest: string): boolean;
  mayReturn(repository: string, name: string): boolean;
  /** Somebody asked for something by hand; what is wanted is open until the answer. */
  asked(image: string): void;
  wasAsked(image: string): boolean;
  answered(image: string, state: "hold" | "release" | undefined): void;
  /** What a person was told to be so, and nobody changed since. */
  wished(image: string): "hold" | "release" | undefined;
}

type Disturbed = Pick<World, "registry" | "clock"> & { readonly process: Pick<World["process"], "tasks"> };

export function openTruth(): Truth {
  const returning = new Set<string>();
  const disturbances: { readonly repository: string; readonly tags: readonly string[]; readonly digest: string; readonly at: Instant }[] =
    [];
  const confused = new Set<string>();
  const deletions = new Set<string>();
  const promotions = new Map<string, Instant>();
  const asks = new Map<string, { open: number; state: "hold" | "release" | undefined }>();
  const of = (image: string): { open: number; state: "hold" | "release" | undefined } => {
    const ask = asks.get(image) ?? { open: 0, state: undefined };
    asks.set(image, ask);
    return ask;
  };
  return {
    disturb({ registry, process, clock }, repository, tags, digest) {
      if (digest !== undefined) disturbances.push({ repository, tags, digest, at: clock.now() });
      // What goes on, or is on its way to the gate, may have been begun when the tag was there.
      if (digest !== undefined && process.tasks.size > 0) for (const tag of tags) returning.add(`${repository}:${tag}@${digest}`);
      const away = registry.shelves.get(`${QUARANTINE}/${repository}`);
      for (const kept of away?.manifests.keys() ?? []) for (const tag of tags) returning.add(`${repository}:${tag}@${kept}`);
      if (digest !== undefined && (process.tasks.size > 0 || isIn(away, digest))) returning.add(`${repository}@${digest}`);
    },
    underWay(repository, digest, from, to) {
      for (const { tags, at } of disturbances.filter((each) => each.repository === repository && each.digest === digest)) {
        if (at < from || (to !== undefined && at > to)) continue;
        for (const name of [`@${digest}`, ...tags.map((tag) => `:${tag}@${digest}`)]) returning.add(`${repository}${name}`);
      }
    },
    toldLate: (repository, tag, digest) => void returning.add(`${repository}:${tag}@${digest}`),
    confuse: (repository, tag) => void confused.add(`${repository}:${tag}`),
    isConfused: (repository, tag) => confused.has(`${repository}:${tag}`),
    promoted(repository, tag, digest, plannedAt) {
      const name = `${repository}:${tag}@${digest}`;
      promotions.set(name, earlier(promotions.get(name), plannedAt));
    },
    wasPromoted(repository, tag, digest, by) {
      const first = promotions.get(`${repository}:${tag}@${digest}`);
      return first !== undefined && (by === undefined || first <= by);
    },
    deleted: (repository, digest) => void deletions.add(`${repository}@${digest}`),
    wasDeleted: (repository, digest) => deletions.has(`${repository}@${digest}`),
    mayReturn: (repository, name) => returning.has(`${repository}${name}`),
    asked(image) {
      of(image).open += 1;
      of(image).state = undefined;
    },
    wasAsked: (image) => asks.has(image),
    answered(image, state) {
      of(image).open -= 1;
      of(image).state = of(image).open === 0 ? state : undefined;
    },
    wished: (image) => (of(image).open === 0 ? of(image).state : undefined),
  };
}

function earlier(one: Instant | undefined, other: Instant): Instant {
  return one !== undefined && one < other ? one : other;
}

function isIn(shelf: Shelf | undefined, digest: string): boolean {
  return shelf?.manifests.has(digest) === true;
}
