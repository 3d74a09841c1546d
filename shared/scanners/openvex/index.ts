import * as z from "zod";
import { lookUp } from "../../domain/look-up.ts";
import type { VexStatement, VexStatus } from "../../domain/vex.ts";
import { given } from "../../oci/document.ts";
import type { ReportReader } from "../../ports/findings-source.ts";
import { count, isObject, loose, readTime, short, text, whyMalformed } from "../../runtime/lenient.ts";

const COMPONENT = z.object({
  "@id": text,
  identifiers: loose(z.record(z.string(), z.string())),
  hashes: loose(z.record(z.string(), z.string())),
});
const PRODUCT = COMPONENT.extend({ subcomponents: loose(z.array(z.union([z.string(), COMPONENT]))) });

// openvex/spec 0.2.0, and 0.0.x where the vulnerability and the products are texts and subcomponents are the statement's.
const STATEMENT = z.object({
  vulnerability: loose(z.union([z.string(), z.object({ "@id": text, name: text, aliases: loose(z.array(z.string())) })])),
  products: loose(z.array(z.union([z.string(), PRODUCT]))),
  subcomponents: loose(z.array(z.union([z.string(), COMPONENT]))),
  status: text,
  justification: text,
  timestamp: text,
  last_updated: text,
});
type Statement = z.output<typeof STATEMENT>;
type Named = string | z.output<typeof COMPONENT>;

const DOCUMENT = z.object({ author: text, timestamp: text, last_updated: text, statements: z.array(STATEMENT) });

/** OpenVEX 0.0.x and 0.2. Says nothing of what was scanned. */
export const openvex: ReportReader = {
  id: "openvex",
  mediaTypes: ["application/openvex+json", "application/vnd.openvex+json", "application/vex+json", "text/vex+json"],
  tells: ["vex"],
  recognises: (document) => isObject(document) && contextOf(document).startsWith("https://openvex.dev/ns"),
  read(document) {
    const read = DOCUMENT.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("an OpenVEX document", read.error.issues) };
    const { author, timestamp, last_updated: updated, statements } = read.data;
    const told = { author: short(author, 200), saidAt: readTime(updated) ?? readTime(timestamp) ?? ("unknown" as const) };
    const vex = statements.map((statement) => readStatement(statement, told));
    const unread = vex.filter((list) => list.length === 0).length;
    return {
      kind: "facts",
      vex: vex.flat(),
      ...(unread === 0
        ? {}
        : { notes: [`${count(unread, "statement", "statements")} without a vulnerability or a known status left out`] }),
    };
  },
};

function contextOf(document: Readonly<Record<string, unknown>>): string {
  const context = Array.isArray(document["@context"]) ? document["@context"][0] : document["@context"];
  return typeof context === "string" ? context : "";
}

type Told = Pick<VexStatement, "author" | "saidAt">;

const STATUSES: Readonly<Record<string, VexStatus>> = {
  not_affected: "not-affected",
  affected: "affected",
  fixed: "fixed",
  under_investigation: "under-investigation",
};

/** One statement for each set of components: a statement may name others for each product. */
function readStatement(statement: Statement, told: Told): readonly Omit<VexStatement, "place">[] {
  const ids = idsOf(statement.vulnerability);
  const status = lookUp(STATUSES, statement.status ?? "");
  if (status === undefined || ids.length === 0) return [];
  const justification = short(statement.justification, 100);
  const common = {
    ids,
    status,
    ...(justification === "" ? {} : { justification }),
    ...told,
    ...given("saidAt", readTime(statement.last_updated) ?? readTime(statement.timestamp)),
  };
  const products = statement.products ?? [];
  if (products.length === 0) return [{ ...common, products: [], components: namesOf(statement.subcomponents ?? []) }];
  const groups = Map.groupBy(products, (product) => JSON.stringify(componentsOf(product, statement)));
  return [...groups.values()].map((group) => ({
    ...common,
    products: namesOf(group),
    components: group[0] === undefined ? [] : componentsOf(group[0], statement),
  }));
}

function idsOf(vulnerability: Statement["vulnerability"]): readonly string[] {
  if (vulnerability === undefined || vulnerability === null) return [];
  if (typeof vulnerability === "string") return [lastPart(vulnerability)].filter((id) => id !== "");
  const { "@id": address, name, aliases } = vulnerability;
  return [...new Set([name?.trim() || lastPart(address ?? ""), ...(aliases ?? [])].map((id) => short(id, 200)))].filter((id) => id !== "");
}

/** `GO-2022-0646` of `https://pkg.go.dev/vuln/GO-2022-0646`. */
function lastPart(address: string): string {
  const trimmed = address.trim();
  return short(trimmed.slice(trimmed.lastIndexOf("/") + 1), 200);
}

function componentsOf(product: Exclude<Statement["products"], null | undefined>[number], statement: Statement): readonly string[] {
  const own = typeof product === "string" ? undefined : product.subcomponents;
  return namesOf(own ?? statement.subcomponents ?? []);
}

function namesOf(things: readonly Named[]): readonly string[] {
  return [...new Set(things.flatMap(namesOfOne))].filter((name) => name !== "");
}

function namesOfOne(thing: Named): readonly string[] {
  if (typeof thing === "string") return [short(thing, 500)];
  const digest = thing.hashes?.["sha-256"];
  return [thing["@id"] ?? "", thing.identifiers?.["purl"] ?? "", digest === undefined ? "" : `sha256:${digest}`].map((name) =>
    short(name, 500),
  );
}
