import { lookUp } from "../../domain/look-up.ts";
import { quote } from "../../domain/parse-error.ts";
import type { VexStatement, VexStatus } from "../../domain/vex.ts";
import type { ReportReader } from "../../ports/findings-source.ts";
import { isObject, readTime, short, whyMalformed } from "../../runtime/lenient.ts";
import { type Products, productsOf } from "./products.ts";
import { CSAF_DOCUMENT, type CsafVulnerability } from "./schema.ts";

/** CSAF 2.0 and 2.1, security advisories and VEX documents. Says nothing of what was scanned. */
export const csaf: ReportReader = {
  id: "csaf",
  mediaTypes: ["application/csaf+json", "application/vnd.oasis.csaf+json"],
  tells: ["vex"],
  recognises: (document) => isObject(document) && isObject(document["document"]) && "csaf_version" in document["document"],
  read(document) {
    const read = CSAF_DOCUMENT.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("a CSAF document", read.error.issues) };
    const { document: head, product_tree: tree, vulnerabilities } = read.data;
    if (!/^2\.[01]$/.test(head.csaf_version))
      return { kind: "unsupported", why: `CSAF ${quote(head.csaf_version)} cannot be read, only 2.0 and 2.1` };
    const told = {
      author: short(head.publisher?.name, 200),
      saidAt: readTime(head.tracking?.current_release_date) ?? ("unknown" as const),
    };
    const products = productsOf(tree ?? undefined);
    return { kind: "facts", vex: (vulnerabilities ?? []).flatMap((each) => statementsOf(each, products, told)) };
  },
};

// CSAF 2.0, 3.2.3.9. `recommended` says which product to take, nothing of the vulnerability.
const STATUSES: Readonly<Record<string, VexStatus>> = {
  known_not_affected: "not-affected",
  known_affected: "affected",
  first_affected: "affected",
  last_affected: "affected",
  fixed: "fixed",
  first_fixed: "fixed",
  under_investigation: "under-investigation",
};

type Told = Pick<VexStatement, "author" | "saidAt">;

/** One statement for each product that has a status. */
function statementsOf(vulnerability: CsafVulnerability, products: Products, told: Told): readonly Omit<VexStatement, "place">[] {
  const ids = idsOf(vulnerability);
  if (ids.length === 0) return [];
  return Object.entries(vulnerability.product_status ?? {}).flatMap(([name, productIds]) => {
    const status = lookUp(STATUSES, name);
    if (status === undefined) return [];
    return productIds.map((id) => {
      const justification = justificationOf(vulnerability, id);
      return { ids, status, ...products(id), ...(justification === undefined ? {} : { justification }), ...told };
    });
  });
}

/** The CVE id, and other ids where there is none: numbers of bug trackers name no vulnerability to anyone else. */
function idsOf({ cve, ids }: CsafVulnerability): readonly string[] {
  if (cve) return [short(cve, 200)];
  return (ids ?? []).map(({ text }) => short(text, 200)).filter((id) => id !== "");
}

/** Labels of flags are OpenVEX's words (CSAF 2.0, 3.2.3.5.2). A flag that names no products is for all of them. */
function justificationOf({ flags }: CsafVulnerability, productId: string): string | undefined {
  const flag = (flags ?? []).find(({ product_ids: ids }) => ids === undefined || ids === null || ids.includes(productId));
  return flag?.label ? short(flag.label, 100) : undefined;
}
