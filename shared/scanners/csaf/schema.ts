import * as z from "zod";
import { listOf, loose, text } from "../../runtime/lenient.ts";

const PRODUCT = z.object({
  product_id: z.string(),
  name: text,
  product_identification_helper: loose(z.object({ purl: text, purls: loose(z.array(z.string())), cpe: text })),
});
export type CsafProduct = z.output<typeof PRODUCT>;

const BRANCH = z.object({
  product: loose(PRODUCT),
  get branches() {
    return z.array(BRANCH).nullish();
  },
});
export type CsafBranch = z.output<typeof BRANCH>;

const TREE = z.object({
  branches: listOf(BRANCH),
  full_product_names: listOf(PRODUCT),
  relationships: listOf(z.object({ product_reference: z.string(), relates_to_product_reference: z.string(), full_product_name: PRODUCT })),
});
export type CsafTree = z.output<typeof TREE>;

const VULNERABILITY = z.object({
  cve: text,
  ids: loose(z.array(z.object({ text }))),
  product_status: z.record(z.string(), z.array(z.string())).nullish(),
  flags: loose(z.array(z.object({ label: text, product_ids: z.array(z.string()).nullish() }))),
});
export type CsafVulnerability = z.output<typeof VULNERABILITY>;

export const CSAF_DOCUMENT = z.object({
  document: z.object({
    csaf_version: z.string(),
    publisher: loose(z.object({ name: text })),
    tracking: loose(z.object({ current_release_date: text })),
  }),
  product_tree: TREE.nullish(),
  vulnerabilities: listOf(VULNERABILITY),
});
