import * as z from "zod";
import { isDigest } from "../../domain/digest.ts";
import type { Repository } from "../../domain/image-ref.ts";
import type { Instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { ChangedFindings } from "../../ports/findings-source.ts";
import { many, moment } from "../../runtime/lenient.ts";
import { readAwsTime } from "../../scanners/aws/time.ts";
import type { Enhanced } from "./findings-enhanced.ts";
import { pagesOf } from "./pages.ts";
import { readEcrArn } from "./place.ts";

/** A page has 25 of them, and a sweep has minutes for all repositories. */
const MOST_CHANGES = 20_000;

// Service model inspector2: Finding.
const CHANGED = z.object({ updatedAt: moment, resources: many(z.object({ id: z.string() })) });

/** Images of a repository of which Inspector lists a finding that is new, gone or another one since. @throws AdapterError too-large after the first ones where they are too many */
export async function* changedFindings(
  { ask, place, now }: Enhanced,
  repository: Repository,
  since: Instant,
  signal?: AbortSignal,
): AsyncGenerator<ChangedFindings> {
  let left = MOST_CHANGES;
  const pages = pagesOf((next) =>
    ask("findings that changed", (calls, options) => calls.changed({ ...place, repository }, since, next, options), signal),
  );
  for await (const item of pages) {
    if (left === 0) throw new AdapterError("too-large", `more than ${MOST_CHANGES} findings in ${repository} changed lately`);
    left -= 1;
    yield* imagesIn(repository, item, now());
  }
}

/** It is in the list because it changed: where it does not say when, that was by now at the latest. */
function imagesIn(asked: Repository, item: unknown, now: Instant): readonly ChangedFindings[] {
  const { updatedAt, resources = [] } = CHANGED.safeParse(item).data ?? {};
  const at = readAwsTime(updatedAt) ?? now;
  return resources.flatMap(({ id }) => {
    const { repository, digest = "" } = readEcrArn(id) ?? {};
    return repository === asked && isDigest(digest) ? [{ digest, at }] : [];
  });
}
