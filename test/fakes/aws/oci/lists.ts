import { Refusal } from "../../../../functions/local/registry/refusal.ts";
import { OCI_INDEX } from "../../../../shared/domain/manifest.ts";
import { needRepository } from "../state/registry.ts";
import type { OciCall } from "./manifests.ts";

/** Tags of what can be pulled; in ASCII order. */
export function answerTags({ registry, url }: OciCall, name: string): Response {
  const repository = needRepository(registry, name);
  const tags = [...repository.tags].filter(([, digest]) => repository.images.get(digest)?.status === "ACTIVE").map(([tag]) => tag);
  const { items, headers } = pageOf(tags.toSorted(), url);
  return Response.json({ name, tags: items }, { headers });
}

export function answerCatalog({ registry, url }: OciCall): Response {
  const { items, headers } = pageOf([...registry.repositories.keys()].toSorted(), url);
  return Response.json({ repositories: items }, { headers });
}

/** Of what is active. */
export function answerReferrers({ registry, url }: OciCall, name: string, subject: string): Response {
  const type = url.searchParams.get("artifactType");
  const all = [...needRepository(registry, name).images.values()].filter((image) => image.subject === subject && image.status === "ACTIVE");
  const manifests = all
    .filter(({ artifactType }) => type === null || artifactType === type)
    .map(({ digest, mediaType, manifest, artifactType, annotations }) => ({
      digest,
      mediaType,
      size: Buffer.byteLength(manifest),
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    }));
  const headers = { "content-type": OCI_INDEX, ...(type === null ? {} : { "oci-filters-applied": "artifactType" }) };
  return Response.json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, { headers });
}

const MOST = 1000;

function pageOf(all: readonly string[], url: URL): { readonly items: readonly string[]; readonly headers: Record<string, string> } {
  const [asked, last] = [url.searchParams.get("n"), url.searchParams.get("last") ?? ""];
  if (asked !== null && !/^\d{1,4}$/.test(asked)) throw new Refusal(400, "PAGINATION_NUMBER_INVALID", "n is no number");
  const count = Math.min(asked === null ? MOST : Number(asked), MOST);
  const rest = all.filter((item) => item > last);
  const items = rest.slice(0, count);
  if (items.length === rest.length || items.length === 0) return { items, headers: {} };
  const query = new URLSearchParams({ n: String(count), last: items.at(-1) ?? "" });
  return { items, headers: { link: `<${url.pathname}?${query.toString()}>; rel="next"` } };
}
