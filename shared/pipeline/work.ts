import * as z from "zod";
import { type Digest, isDigest } from "../domain/digest.ts";
import { type ImageKey, isRegistryHost, isRepository, isTag, type RegistryHost, type Repository, type Tag } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { Work } from "../ports/work-queue.ts";

/** Look at one image (or find out which image a tag names) and do what follows. */
export interface JudgeWork {
  readonly registry: RegistryHost;
  readonly repository: Repository;
  readonly digest?: Digest;
  readonly tag?: Tag;
  readonly origin: "event" | "sweep" | "operator";
  readonly actor?: string;
}

const schema = z.object({
  registry: z.custom<RegistryHost>((value) => typeof value === "string" && isRegistryHost(value)),
  repository: z.custom<Repository>((value) => typeof value === "string" && isRepository(value)),
  digest: z.custom<Digest>((value) => typeof value === "string" && isDigest(value)).optional(),
  tag: z.custom<Tag>((value) => typeof value === "string" && isTag(value)).optional(),
  origin: z.enum(["event", "sweep", "operator"]),
  actor: z.string().optional(),
});

/**
 * The tag is part of the key: a second tag of the same digest is a fact of its own, and joining both would lose it.
 */
export function judgeWork(work: JudgeWork, notBefore: Instant): Work & { readonly notBefore: Instant } {
  const place = `${work.registry}/${work.repository}`;
  return {
    kind: "judge",
    key: `judge:${place}${work.tag === undefined ? "" : `:${work.tag}`}${work.digest === undefined ? "" : `@${work.digest}`}`,
    group: place,
    payload: JSON.stringify(work),
    notBefore,
  };
}

export function rejudge(key: ImageKey, origin: JudgeWork["origin"], notBefore: Instant): Work & { readonly notBefore: Instant } {
  return judgeWork({ ...key, origin }, notBefore);
}

/** @throws z.ZodError on a payload of another version of the program. */
export function readJudgeWork(payload: string): JudgeWork {
  const { digest, tag, actor, ...rest } = schema.parse(JSON.parse(payload));
  return { ...rest, ...(digest === undefined ? {} : { digest }), ...(tag === undefined ? {} : { tag }), ...(actor === undefined ? {} : { actor }) };
}
