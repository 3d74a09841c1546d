import * as z from "zod";
import { isDigest } from "../../domain/digest.ts";
import { isRepository, type RegistryHost } from "../../domain/image-ref.ts";
import type { Instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { ChangedFindings } from "../../ports/findings-source.ts";
import { moment } from "../../runtime/lenient.ts";
import { readAwsTime } from "../../scanners/aws/time.ts";
import type { Enhanced } from "./findings-enhanced.ts";
import { pagesOf } from "./pages.ts";
import { readEcrArn } from "./place.ts";

/** A page has 25 of them, and a sweep has minutes. */
const MOST_CHANGES = 20_000;

// Service model inspector2: Finding.
const CHANGED = z.object({ updatedAt: moment, resources: z.array(z.object({ id: z.string() })) });

/** Images of the registry of which Inspector lists a finding that is new, gone or another one since. @throws AdapterError too-large after the first ones where they are too many */
export async function* changedFindings(
  { ask, place }: Pick<Enhanced, "ask" | "place">,
  registry: RegistryHost,
  since: Instant,
  signal?: AbortSignal,
): AsyncGenerator<ChangedFindings> {
  let left = MOST_CHANGES;
  const pages = pagesOf((next) =>
    ask("findings that changed", (calls, options) => calls.changed(place.account, since, next, options), signal),
  );
  for await (const item of pages) {
    if (left === 0) throw new AdapterError("too-large", `more than ${MOST_CHANGES} findings of ${registry} changed lately`);
    left -= 1;
    yield* imagesIn(registry, item);
  }
}

function imagesIn(registry: RegistryHost, item: unknown): readonly ChangedFindings[] {
  const { updatedAt, resources = [] } = CHANGED.safeParse(item).data ?? {};
  const at = readAwsTime(updatedAt);
  if (at === undefined) return [];
  return resources.flatMap(({ id }) => {
    const { repository = "", digest = "" } = readEcrArn(id) ?? {};
    return isRepository(repository) && isDigest(digest) ? [{ image: { registry, repository, digest }, at }] : [];
  });
}
