import { type Digest, parseDigest } from "../domain/digest.ts";
import type { Repository, Tag } from "../domain/image-ref.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Referrer } from "../ports/image-source.ts";
import type { HttpAnswer } from "../runtime/http.ts";
import { type AskedPlace, askPlaces } from "./discovery.ts";
import { parseNextLink, resolveOnOrigin } from "./link.ts";
import { getManifest, headManifest } from "./manifests.ts";
import { collectReferrers, MOST_REFERRERS, type ReferrerReads } from "./referrer-set.ts";
import { MANIFEST_BYTES, readReferrersPage } from "./schema.ts";
import { pullFrom } from "./scope.ts";
import type { Transport } from "./transport.ts";

export type ReferrersSupport = "api" | "tag-schema";

const NOBODY = parseDigest(`sha256:${"0".repeat(64)}`);

/** See `collectReferrers` for what counts. */
export async function listReferrers(
  transport: Transport,
  repository: Repository,
  subject: Digest,
  signal?: AbortSignal,
  tags?: ReadonlySet<Tag>,
): Promise<readonly Referrer[]> {
  const reads: ReferrerReads = {
    listed: async () => (await askApi(transport, repository, subject, signal)) ?? [],
    byTag: async (tag) => (tags?.has(tag) === false ? undefined : getManifest(transport, repository, tag, signal)),
    byDigest: (digest) => getManifest(transport, repository, digest, signal),
  };
  return collectReferrers(reads, subject);
}

/**
 * Whether a registry keeps referrers itself, asked for a digest that nobody has. Quay answers 404 for unknown digests although it has the
 * API: taken for `tag-schema`, which costs one tag and harms nothing. The `OCI-Subject` header is no sign: ECR sends it without the API.
 */
export async function askReferrersSupport(transport: Transport, repository: Repository, signal?: AbortSignal): Promise<ReferrersSupport> {
  return (await askApi(transport, repository, NOBODY, signal)) === undefined ? "tag-schema" : "api";
}

/** Where it was looked for what belongs to the subject, and what each place names. */
export async function askDiscovery(
  transport: Transport,
  repository: Repository,
  subject: Digest,
  signal?: AbortSignal,
): Promise<readonly AskedPlace[]> {
  return askPlaces(
    {
      list: { kind: "referrers-api" },
      listed: async () => (await askApi(transport, repository, subject, signal))?.length ?? "unsupported",
      resolve: async (tag) => (await headManifest(transport, repository, tag, signal))?.digest,
    },
    subject,
  );
}

/** Digests that the API lists, unfiltered; undefined where there is no such API. */
async function askApi(
  transport: Transport,
  repository: Repository,
  subject: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Digest[] | undefined> {
  const what = `referrers of ${subject} in ${repository}`;
  const digests: Digest[] = [];
  const asked = new Set<string>();
  for (
    let url: URL | undefined = new URL(`/v2/${repository}/referrers/${subject}`, transport.origin);
    url !== undefined && !asked.has(url.href);
  ) {
    asked.add(url.href);
    const answer = await askPage(transport, url, repository, what, signal);
    if (answer === undefined) return undefined;
    const page = readReferrersPage(answer.body, what);
    digests.push(...page);
    if (digests.length > MOST_REFERRERS) throw new AdapterError("too-large", `${what}: more than ${MOST_REFERRERS} are listed`);
    const link = page.length === 0 ? undefined : parseNextLink(answer.headers.get("link") ?? "");
    url = link === undefined ? undefined : resolveOnOrigin(link, answer.url);
  }
  return digests;
}

async function askPage(
  transport: Transport,
  url: URL,
  repository: Repository,
  what: string,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer | undefined> {
  const headers = { accept: "application/vnd.oci.image.index.v1+json" };
  const call = {
    method: "GET",
    url,
    scopes: [pullFrom(repository)],
    what,
    headers,
    maxBytes: MANIFEST_BYTES,
    answers: [200],
    signal,
  } as const;
  try {
    const answer = await transport.call(call);
    // A page for people with status 200 is what servers without the API show for unknown paths.
    return /\bjson\b/i.test(answer.headers.get("content-type") ?? "") ? answer : undefined;
  } catch (error) {
    if (error instanceof AdapterError && (error.code === "not-found" || error.code === "unsupported")) return undefined;
    throw error;
  }
}
