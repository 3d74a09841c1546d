import type { ImageRef } from "../../shared/domain/image-ref.ts";
import { ImagePage } from "../../shared/web/api/schema.ts";
import type { Gate } from "./gate.ts";

/** The digest of the image that the tag pointed at last, also when the gate has taken it away meanwhile. */
export async function newestWithTag(gate: Gate, { registry, repository, tag }: ImageRef): Promise<string | undefined> {
  const query = new URLSearchParams({ q: `registry:${registry} repo:${repository}`, limit: "500" });
  for (let after: string | undefined; ; ) {
    if (after !== undefined) query.set("after", after);
    const page = await gate.get(`/api/v1/images?${query.toString()}`, ImagePage);
    const image = page.images.find(({ tags }) => tag === undefined || tags.includes(tag));
    if (image !== undefined || page.next === undefined) return image?.digest;
    after = page.next;
  }
}
