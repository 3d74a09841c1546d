import * as z from "zod";
import { type Digest, parseDigest } from "../../domain/digest.ts";
import { ParseError } from "../../domain/parse-error.ts";
import { readPurl } from "../findings/purl.ts";
import { PolicyError } from "../policy-error.ts";
import { type Draft, type Imported, packageOfPurl } from "./import.ts";
import type { WaiverScope } from "./waiver.ts";

const COMPONENT = z.union([
  z.string().transform((id) => ({ "@id": id, identifiers: undefined })),
  z.looseObject({ "@id": z.string().nullish(), identifiers: z.looseObject({ purl: z.string().nullish() }).nullish() }),
]);
const PRODUCT = z.union([
  z.string().transform((id) => ({ "@id": id, identifiers: undefined, subcomponents: undefined })),
  z.looseObject({
    "@id": z.string().nullish(),
    identifiers: z.looseObject({ purl: z.string().nullish() }).nullish(),
    subcomponents: z.array(COMPONENT).nullish(),
  }),
]);
const STATEMENT = z.looseObject({
  vulnerability: z.union([
    z.string().transform((name) => ({ name, aliases: undefined })),
    z.looseObject({ name: z.string(), aliases: z.array(z.string()).nullish() }),
  ]),
  products: z.array(PRODUCT).nullish(),
  status: z.string(),
  justification: z.string().nullish(),
  impact_statement: z.string().nullish(),
});
const DOCUMENT = z.looseObject({ "@context": z.string().regex(/openvex/i), statements: z.array(STATEMENT) });

type Product = z.output<typeof PRODUCT>;

const LARGEST = 16 * 1024 * 1024;

/**
 * Reads an OpenVEX document whose author the policy does not trust, so that somebody may take its statements over as waivers. Only statements that
 * a product is not affected are; each becomes one waiver for each of its products. https://github.com/openvex/spec
 * @throws PolicyError where it is none
 */
export function readOpenVexAsDrafts(text: string, file: string): Imported {
  const read = DOCUMENT.safeParse(parseJson(text, file));
  if (!read.success)
    throw new PolicyError([
      { place: `${file}:1:1`, message: "this is no OpenVEX document", mend: "give one with @context and statements" },
    ]);
  const entries = read.data.statements.flatMap((statement, index) => readStatement(statement, `${file}#/statements/${index}`));
  return {
    drafts: entries.flatMap((each) => ("why" in each ? [] : [each])),
    leftOut: entries.flatMap((each) => ("why" in each ? [each] : [])),
  };
}

function parseJson(text: string, file: string): unknown {
  if (text.length > LARGEST) throw new PolicyError([{ place: `${file}:1:1`, message: "the file is larger than 16 MiB", mend: "split it" }]);
  try {
    return JSON.parse(text);
  } catch {
    throw new PolicyError([{ place: `${file}:1:1`, message: "this is no JSON", mend: "give an OpenVEX document" }]);
  }
}

function readStatement(statement: z.output<typeof STATEMENT>, from: string): readonly (Draft | Imported["leftOut"][number])[] {
  const { vulnerability, status, justification, impact_statement, products } = statement;
  if (status !== "not_affected") return [{ from, why: `its status is ${status}, which is no reason to waive anything` }];
  const reason = [justification, impact_statement].filter(Boolean).join(": ");
  const vulnerabilities = [...new Set([vulnerability.name, ...(vulnerability.aliases ?? [])])];
  const scopes = (products ?? []).flatMap(scopesOf);
  if (scopes.length === 0) return [{ from, why: "it names no product by package URL or digest" }];
  return scopes.map((scope) =>
    scope === undefined
      ? { from, why: "it names a product by neither package URL nor digest" }
      : { from, scope: { vulnerabilities, ...scope }, ...(reason === "" ? {} : { reason }) },
  );
}

function scopesOf(product: Product): readonly (Omit<WaiverScope, "vulnerabilities"> | undefined)[] {
  const whole = scopeOf(product);
  const parts = product.subcomponents ?? [];
  if (whole === undefined || parts.length === 0) return [whole];
  return parts.map((part) => {
    const inner = scopeOf(part);
    return whole.image !== undefined && inner?.package !== undefined ? { image: whole.image, package: inner.package } : undefined;
  });
}

function scopeOf(named: z.output<typeof COMPONENT> | Product): Omit<WaiverScope, "vulnerabilities"> | undefined {
  const text = named.identifiers?.purl ?? named["@id"] ?? "";
  const purl = readPurl(text);
  if (purl === undefined) return undefined;
  if (purl.type !== "oci" && purl.type !== "docker") return { package: packageOfPurl(text) };
  const digest = readDigest(purl.version);
  return digest === undefined ? undefined : { image: { digest: [digest] } };
}

function readDigest(text: string): Digest | undefined {
  try {
    return parseDigest(text);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
