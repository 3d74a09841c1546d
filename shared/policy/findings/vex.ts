import type { ImageSubject } from "../../domain/evidence.ts";
import type { Finding, PackageRef } from "../../domain/finding.ts";
import type { VexStatement } from "../../domain/vex.ts";
import { covers, readPurl } from "./purl.ts";

/** Names of a policy's `findings.trustVex`: those of trusted keys and identities, and of authors as `author:...` where nobody signed. */
export function isTrustedAuthor({ author, signedBy = [] }: VexStatement, trusted: readonly string[]): boolean {
  return trusted.includes(`author:${author}`) || signedBy.some(({ names }) => names.some((name) => trusted.includes(name)));
}

/**
 * The statement by which a finding does not count: says not-affected or fixed of it, and nobody trusted says something else later (OpenVEX 0.2,
 * "Updating Statements"). Where the times do not tell which came later, the finding counts.
 */
export function closingStatement(finding: Finding, subject: ImageSubject, statements: readonly VexStatement[]): VexStatement | undefined {
  const bearing = statements.filter((statement) => speaksOf(statement, finding, subject));
  const open = bearing.filter(({ status }) => status === "affected" || status === "under-investigation");
  return bearing.find((statement) => closes(statement, subject) && open.every((other) => isLater(statement, other)));
}

// A version that is not named may be any: the fix is in some version, and nobody says that it is in this one.
function closes({ status, products, components }: VexStatement, subject: ImageSubject): boolean {
  if (status === "not-affected") return true;
  if (status !== "fixed") return false;
  return (
    products.length === 0 ||
    [...products, ...components].some((product) => (readPurl(product)?.version ?? "") !== "" || namesImage(product, subject))
  );
}

function isLater({ saidAt }: VexStatement, { saidAt: before }: VexStatement): boolean {
  return saidAt !== "unknown" && before !== "unknown" && saidAt > before;
}

/**
 * Whether a statement is about a finding: it names the vulnerability, and the package itself, or this image with either no component or the package
 * among them. Each finding is asked by its own names: what another scanner calls it must not take it away.
 */
function speaksOf(statement: VexStatement, { id, aliases, package: found }: Finding, subject: ImageSubject): boolean {
  const { ids, products, components } = statement;
  if (!ids.some((said) => said === id || aliases.includes(said))) return false;
  const isWholeImage = products.length === 0 || products.some((product) => namesImage(product, subject));
  if (isWholeImage) return components.length === 0 || components.some((component) => namesPackage(component, found));
  return components.length === 0 && products.some((product) => namesPackage(product, found));
}

/** By digest only: a statement on a tag would go on to speak for whatever the tag names next. */
function namesImage(product: string, { digest }: ImageSubject): boolean {
  if (product === digest || product.endsWith(`@${digest}`)) return true;
  const purl = readPurl(product);
  return (purl?.type === "oci" || purl?.type === "docker") && purl.version === digest;
}

function namesPackage(product: string, found: PackageRef): boolean {
  const said = readPurl(product);
  if (said === undefined) return product === found.name;
  const purl = found.purl === undefined ? undefined : readPurl(found.purl);
  if (purl !== undefined) return covers(said, purl);
  const names = [said.name, `${said.namespace}/${said.name}`, `${said.namespace}:${said.name}`];
  return names.includes(found.name) && (said.version === "" || said.version === found.version);
}
