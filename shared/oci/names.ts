import { isRepository, isTag, type Repository, type Tag } from "../domain/image-ref.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { HttpAnswer } from "../runtime/http.ts";
import { parseNextLink, resolveOnOrigin } from "./link.ts";
import { LIST_BYTES, readNames } from "./schema.ts";
import { pullFrom } from "./scope.ts";
import { type Call, proveAbsence, type Transport } from "./transport.ts";

const PAGE = 1_000;
const MOST_PAGES = 10_000;

/** All tags of a repository; none where it does not exist. Names that no tag may have are left out: no call of ours could name them. */
export async function* listTags(transport: Transport, repository: Repository, signal?: AbortSignal): AsyncGenerator<Tag> {
  const url = new URL(`/v2/${repository}/tags/list?n=${PAGE}`, transport.origin);
  const call = {
    method: "GET",
    url,
    scopes: [pullFrom(repository)],
    what: `tags of ${repository}`,
    answers: [200, 404],
    signal,
  } satisfies Call;
  for await (const name of listNames(transport, call, "tags")) if (isTag(name)) yield name;
}

/** All repositories that these credentials may see. */
export async function* listRepositories(transport: Transport, signal?: AbortSignal): AsyncGenerator<Repository> {
  const url = new URL(`/v2/_catalog?n=${PAGE}`, transport.origin);
  const call = {
    method: "GET",
    url,
    scopes: [{ kind: "catalogue" }],
    what: "the list of repositories",
    answers: [200],
    signal,
  } satisfies Call;
  for await (const name of listNames(transport, call, "repositories")) if (isRepository(name)) yield name;
}

/**
 * Follows `Link` from page to page. A full page without a link may be the last one or that of a registry that expects `last`; distribution 2
 * ignores both `n` and `last`, so a page that brings nothing new is the end.
 */
async function* listNames(transport: Transport, first: Call, member: "tags" | "repositories"): AsyncGenerator<string> {
  const seen = new Set<string>();
  const asked = new Set<string>();
  for (let url: URL | undefined = first.url; url !== undefined && !asked.has(url.href); ) {
    if (asked.size === MOST_PAGES) throw new AdapterError("too-large", `${first.what}: more than ${MOST_PAGES} pages`);
    asked.add(url.href);
    const answer: HttpAnswer = await transport.call({ ...first, url, maxBytes: LIST_BYTES });
    if (answer.status === 404) return proveAbsence(transport, first, answer);
    const page = readNames(answer.body, member, first.what);
    const fresh = page.filter((name) => !seen.has(name));
    for (const name of fresh) {
      seen.add(name);
      yield name;
    }
    url = fresh.length === 0 ? undefined : nextPage(first.url, answer, page);
  }
}

function nextPage(first: URL, answer: HttpAnswer, page: readonly string[]): URL | undefined {
  const link = parseNextLink(answer.headers.get("link") ?? "");
  if (link !== undefined) return resolveOnOrigin(link, answer.url);
  const last = page.at(-1);
  if (page.length < PAGE || last === undefined) return undefined;
  const next = new URL(first);
  next.searchParams.set("last", last);
  return next;
}
