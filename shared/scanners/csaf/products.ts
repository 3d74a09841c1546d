import type { VexStatement } from "../../domain/vex.ts";
import { short } from "../../runtime/lenient.ts";
import type { CsafBranch, CsafProduct, CsafTree } from "./schema.ts";

/** What a product id stands for. */
export type Products = (id: string) => Pick<VexStatement, "products" | "components">;

/** The names of all products of a tree; one that is part of another stands as a component inside of it. */
export function productsOf(tree: CsafTree | undefined): Products {
  const names = new Map<string, readonly string[]>();
  for (const product of listed(tree)) names.set(product.product_id, namesOf(product));
  const parts = new Map(
    (tree?.relationships ?? []).map((each) => [
      each.full_product_name.product_id,
      { products: nameOr(names, each.relates_to_product_reference), components: nameOr(names, each.product_reference) },
    ]),
  );
  return (id) => parts.get(id) ?? { products: nameOr(names, id), components: [] };
}

function listed(tree: CsafTree | undefined): readonly CsafProduct[] {
  const found: CsafProduct[] = [...(tree?.full_product_names ?? [])];
  const open: CsafBranch[] = [...(tree?.branches ?? [])];
  for (let branch = open.pop(); branch !== undefined; branch = open.pop()) {
    if (branch.product) found.push(branch.product);
    open.push(...(branch.branches ?? []));
  }
  return found;
}

/** A product is known by its purl; names are for people and are used only where there is nothing better. */
function namesOf({ product_id: id, name, product_identification_helper: helper }: CsafProduct): readonly string[] {
  const exact = [helper?.purl, ...(helper?.purls ?? []), helper?.cpe].map((each) => short(each, 500)).filter((each) => each !== "");
  return exact.length > 0 ? [...new Set(exact)] : [short(name || id, 500)];
}

function nameOr(names: ReadonlyMap<string, readonly string[]>, id: string): readonly string[] {
  return names.get(id) ?? [short(id, 500)];
}
