import * as z from "zod";
import type { Actor } from "../domain/action.ts";
import { type Digest, isDigest } from "../domain/digest.ts";
import { type ImageKey, isRegistryHost, isRepository, isTag, type RegistryHost, type Repository, type Tag } from "../domain/image-ref.ts";
import { type Instant, instant } from "../domain/time.ts";
import type { Work } from "../ports/work-queue.ts";

/** Look at one image (or find out which image a tag names) and do what follows. */
export interface JudgeWork {
  readonly registry: RegistryHost;
  readonly repository: Repository;
  readonly digest?: Digest;
  readonly tag?: Tag;
  /** It was seen where held images lie: only what is attached to one of them counts. */
  readonly inQuarantine?: boolean;
  /** A deletion was announced. That of an image which the gate itself moved away is no news. */
  readonly isDeletion?: boolean;
  readonly origin: "event" | "sweep" | "operator";
  readonly actor?: string;
  /** What was attached to it or taken away, and by whom, where that is why it is judged again. */
  readonly by?: Doing;
  /** What it is judged again for; absent for what a registry or a person tells. */
  readonly run?: string;
  /** A person wants it held, whatever its verdict. */
  readonly hold?: WantedHold;
  /** Its time has come: it belongs to the run that its verdict comes of, if any. */
  readonly isRecheck?: boolean;
  /** It was in its registry before the gate was. */
  readonly predatesGate?: boolean;
}

/** Of an emergency: who wants it and since when, and whether also an image is meant that runs or may run. */
export interface WantedHold {
  readonly actor: Actor;
  readonly at: Instant;
  readonly inUse: boolean;
}

/** What a registry says that somebody did to something that is attached to an image. */
export interface Doing {
  readonly actor: string;
  readonly isDeletion: boolean;
  readonly digest?: Digest;
  readonly tag?: Tag;
}

export type DueWork = Work & { readonly notBefore: Instant };

const JUDGE = "judge";

const digest = z.custom<Digest>((value) => typeof value === "string" && isDigest(value)).optional();
const tag = z.custom<Tag>((value) => typeof value === "string" && isTag(value)).optional();

const schema = z.object({
  registry: z.custom<RegistryHost>((value) => typeof value === "string" && isRegistryHost(value)),
  repository: z.custom<Repository>((value) => typeof value === "string" && isRepository(value)),
  digest,
  tag,
  inQuarantine: z.boolean().optional(),
  isDeletion: z.boolean().optional(),
  origin: z.enum(["event", "sweep", "operator"]),
  actor: z.string().optional(),
  by: z
    .object({ actor: z.string(), isDeletion: z.boolean(), digest, tag })
    .transform(({ actor, isDeletion, ...named }): Doing => ({ actor, isDeletion, ...present(named) }))
    .optional(),
  run: z.string().optional(),
  isRecheck: z.boolean().optional(),
  predatesGate: z.boolean().optional(),
  hold: z
    .object({
      actor: z.object({ name: z.string(), reason: z.string() }),
      at: z.number().transform((at) => instant(at)),
      inUse: z.boolean(),
    })
    .optional(),
});

/**
 * What a registry or a person tells shares turns by repository. All that one cause has judged again has one turn among these for each registry, and so has
 * what is judged again in time: a push waits for the job before it, never for the thousands of a run.
 */
function groupOf({ run, isRecheck, registry, repository }: JudgeWork): string {
  if (run !== undefined) return groupOfRun(run, registry);
  return isRecheck === true ? `recheck in ${registry}` : `${registry}/${repository}`;
}

/** Images of a run that are in use may have a turn of their own, and come sooner. */
export function groupOfRun(run: string, registry: RegistryHost, isInUse = false): string {
  return `${isInUse ? "in use, " : ""}${run} in ${registry}`;
}

/**
 * The tag is part of the key: a second tag of the same digest is a fact of its own, and joining both would lose it. So is
 * the run: a push that joined a run's job would be braked, and a run's job that joined a push's would not.
 */
export function judgeWork(work: JudgeWork, notBefore: Instant): DueWork {
  const place = `${work.registry}/${work.repository}`;
  const cause = work.run === undefined ? (work.isRecheck === true ? "recheck of " : "") : `${work.run} of `;
  return {
    kind: JUDGE,
    key: `judge:${cause}${work.inQuarantine === true ? "quarantine of " : ""}${work.isDeletion === true ? "deletion in " : ""}${place}${work.tag === undefined ? "" : `:${work.tag}`}${work.digest === undefined ? "" : `@${work.digest}`}`,
    group: groupOf(work),
    payload: JSON.stringify(work),
    notBefore,
  };
}

export function rejudge(
  key: ImageKey,
  origin: JudgeWork["origin"],
  notBefore: Instant,
  run?: string,
): Work & { readonly notBefore: Instant } {
  return judgeWork({ ...key, origin, ...(run === undefined ? {} : { run }) }, notBefore);
}

/** Its time has come, or will. */
export function recheck(key: ImageKey, notBefore: Instant): Work & { readonly notBefore: Instant } {
  return judgeWork({ ...key, origin: "event", isRecheck: true }, notBefore);
}

/** @throws z.ZodError on a payload of another version of the program. */
export function readJudgeWork(payload: string): JudgeWork {
  const { registry, repository, origin, ...optional } = schema.parse(JSON.parse(payload));
  return { registry, repository, origin, ...present(optional) };
}

/**
 * Whether one work does all that the other asks for, and more: it knows a tag that the other does not. One that names somebody is done by itself: where the image is
 * known, it ends with the name.
 */
export function covers(one: Work, other: Work): boolean {
  if (one.kind !== JUDGE || other.kind !== JUDGE || one.key === other.key) return false;
  const [more, less] = [readJudgeWork(one.payload), readJudgeWork(other.payload)];
  if (!isHint(more) || !isHint(less) || placeOf(more) !== placeOf(less)) return false;
  return more.actor === less.actor && (less.tag === undefined || less.tag === more.tag);
}

/** It says no more than that there is something to look at: a deletion, and what a person or a run wants, is done by itself. */
export function isHint({ digest, origin, isDeletion, by, run, isRecheck, predatesGate, hold }: JudgeWork): boolean {
  return (
    digest !== undefined && origin === "event" && [isDeletion, by, run, isRecheck, predatesGate, hold].every((each) => each === undefined)
  );
}

function placeOf({ registry, repository, digest, inQuarantine = false }: JudgeWork): string {
  return `${registry}/${repository}@${digest} ${inQuarantine}`;
}

const ofRun = z.object({ run: z.string() });

/** The run that a job belongs to; also where this version of the program cannot read the rest of it. */
export function runOf({ kind, payload }: Work): string | undefined {
  if (kind !== JUDGE) return undefined;
  const read = ofRun.safeParse(JSON.parse(payload));
  return read.success ? read.data.run : undefined;
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Leaves out what is undefined: "not given" has one form. */
export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
