import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../../../shared/domain/digest.ts";
import { isRepository, type Repository } from "../../../shared/domain/image-ref.ts";
import { OCI_INDEX } from "../../../shared/domain/manifest.ts";
import { type Call, isAllowed, type RegistryContext } from "./context.ts";
import { absentIsUndefined } from "./durable-files.ts";
import type { Layout } from "./layout.ts";
import { listReferrers, listTags } from "./manifest-store.ts";
import { Refusal } from "./refusal.ts";

export async function answerTags({ layout }: RegistryContext, call: Call, repository: Repository): Promise<Response> {
  if (!(await hasRepository(layout, repository))) throw new Refusal(404, "NAME_UNKNOWN", "there is no such repository");
  const { items, headers } = pageOf(listTags(layout, repository), call.url, `/v2/${repository}/tags/list`);
  return Response.json({ name: repository, tags: items }, { headers });
}

/** Repositories that the asker may not read are left out. */
export async function answerCatalog(context: RegistryContext, call: Call): Promise<Response> {
  const asker = { method: "GET", ...(call.credentials && { credentials: call.credentials }) };
  const all = await listRepositories(context.layout.repositories);
  const readable = all.filter((repository) => isAllowed(context.access({ ...asker, repository })));
  const { items, headers } = pageOf(readable, call.url, "/v2/_catalog");
  return Response.json({ repositories: items }, { headers });
}

/** Always an index, also for a subject that nobody ever pushed (distribution-spec, "Listing Referrers"). */
export async function answerReferrers({ layout }: RegistryContext, call: Call, repository: Repository, subject: Digest): Promise<Response> {
  const artifactType = call.url.searchParams.get("artifactType");
  const all = listReferrers(layout, repository, subject);
  const manifests = artifactType === null ? all : all.filter((entry) => entry.artifactType === artifactType);
  const headers = { "content-type": OCI_INDEX, ...(artifactType === null ? {} : { "oci-filters-applied": "artifactType" }) };
  return Response.json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, { headers });
}

/** `n` at most, after `last`; a Link where more follows. */
function pageOf<T extends string>(all: readonly T[], url: URL, path: string): { items: readonly T[]; headers: Record<string, string> } {
  const [stated, last] = [url.searchParams.get("n"), url.searchParams.get("last")];
  if (stated !== null && !/^\d{1,9}$/.test(stated)) throw new Refusal(400, "PAGINATION_NUMBER_INVALID", "n is no whole number");
  const rest = last === null ? all : all.filter((item) => item > last);
  const count = stated === null ? rest.length : Number(stated);
  const items = rest.slice(0, count);
  const end = items.at(-1);
  if (end === undefined || items.length === rest.length) return { items, headers: {} };
  return { items, headers: { link: `<${path}?${new URLSearchParams({ n: String(count), last: end }).toString()}>; rel="next"` } };
}

async function hasRepository(layout: Layout, repository: Repository): Promise<boolean> {
  const folders = [layout.manifests(repository), layout.blobs(repository)];
  const found = await Promise.all(folders.map((folder) => absentIsUndefined(stat(folder))));
  return found.some((one) => one !== undefined);
}

/** In ASCII order, those that ever held a manifest. */
async function listRepositories(root: string): Promise<readonly Repository[]> {
  const found: Repository[] = [];
  const visit = async (name: string): Promise<void> => {
    const entries: readonly Dirent[] = (await absentIsUndefined(readdir(join(root, name), { withFileTypes: true }))) ?? [];
    if (isRepository(name) && entries.some((entry) => entry.name === "_manifests")) found.push(name);
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith("_")) await visit(name === "" ? entry.name : `${name}/${entry.name}`);
    }
  };
  await visit("");
  return found.toSorted();
}
