import * as z from "zod";
import { isDigest } from "../../domain/digest.ts";
import { isRepository } from "../../domain/image-ref.ts";
import type { SeenWorkload, UsageReader } from "../../ports/usage-reader.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { count, isObject, loose, word } from "../../runtime/lenient.ts";
import { malformed, readAll, workload } from "../answer.ts";

const COMMAND = "aws inspector2 list-coverage";

// Amazon Inspector 2 API: CoveredResource, EcrContainerImageMetadata. It counts what runs in ECS and EKS, and nothing else.
const RESOURCE = z.object({
  resourceType: word,
  resourceId: word,
  scanStatus: z.object({ statusCode: word, reason: word }).catch({ statusCode: "", reason: "" }),
  resourceMetadata: loose(z.object({ ecrImage: loose(z.object({ inUseCount: loose(z.int().nonnegative()) })) })),
});
const COVERAGE = z.object({ coveredResources: z.array(RESOURCE), nextToken: z.string().nullish() });
type Resource = z.output<typeof RESOURCE>;

/** How many clusters run each image of ECR, as Amazon Inspector counts it. */
export const inspector: UsageReader = {
  id: "inspector",
  command: COMMAND,
  keeps: keptNames(COVERAGE),
  recognises: (document) => isObject(document) && Array.isArray(document["coveredResources"]),
  read: (documents) =>
    readAll(COVERAGE, documents, "an answer of Amazon Inspector", COMMAND, (pages) => {
      if (pages.some(({ nextToken }) => Boolean(nextToken))) return malformed("it is one page of several", COMMAND);
      return { kind: "read", seen: pages.flatMap(({ coveredResources }) => coveredResources.flatMap(readResource)), notes: [] };
    }),
};

// arn:aws:ecr:REGION:ACCOUNT:repository/NAME/sha256:HEX
function readResource({ resourceType, resourceId, scanStatus, resourceMetadata }: Resource): readonly SeenWorkload[] {
  if (resourceType !== "AWS_ECR_CONTAINER_IMAGE") return [];
  const [, path = ""] = /:repository\/(.+)$/.exec(resourceId) ?? [];
  const slash = path.lastIndexOf("/");
  const [name, digest] = [path.slice(0, slash), path.slice(slash + 1)];
  const uses = resourceMetadata?.ecrImage?.inUseCount ?? undefined;
  if (uses === 0 && isLookedAt(scanStatus)) return [];
  const repository = isRepository(name) ? { repository: name } : {};
  const named = (what: string): Pick<SeenWorkload, "workload"> => ({ workload: workload(`Inspector/${what}`, undefined) });
  // Not counted: nobody can tell whether this image runs.
  if (uses === undefined || !isDigest(digest)) return [{ ...named("an image without a count"), digests: [], ...repository }];
  return [{ ...named(wordsOf(uses)), digests: [digest], ...repository }];
}

function wordsOf(uses: number): string {
  return uses === 0 ? "an image that it does not look at" : count(uses, "task or pod", "tasks or pods");
}

/** While it has not looked yet, or stopped to, a zero says nothing of who runs the image. */
function isLookedAt({ statusCode, reason }: Resource["scanStatus"]): boolean {
  return statusCode === "ACTIVE" && reason === "SUCCESSFUL";
}
