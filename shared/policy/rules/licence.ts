import * as z from "zod";
import type { InventoryEvidence } from "../../domain/evidence.ts";
import type { InventoryPackage } from "../../domain/inventory.ts";
import { defineRule, type Fact, type Judgement } from "../rule.ts";
import { contentOf } from "./content.ts";
import { few, unknown, violated } from "./fact.ts";
import { fits, globs } from "./globs.ts";
import { inventoriesOf, isFact, matchPackage, packagePattern } from "./package-match.ts";
import { isUsable, readLicence } from "./spdx.ts";

const shape = () => ({
  deny: globs("SPDX ids that are not allowed, such as AGPL-3.0-*.").optional(),
  allow: globs("The only SPDX ids that are allowed.").optional(),
  whenUndeclared: z
    .enum(["unknown", "violated", "ignore"])
    .default("unknown")
    .describe("What a package is whose licence nobody tells, or tells in words that are no SPDX expression."),
  except: z.array(packagePattern()).default([]).describe("Packages that are passed over, such as one's own."),
});

type Params = z.output<z.ZodObject<ReturnType<typeof shape>>>;

/**
 * Every package may be used under a licence that is allowed. In `A OR B` one of them is enough, in `A AND B` both are needed; several licences
 * of one package all count. Judged by the SBOMs; the licences that a scan report tells are judged besides.
 */
export const licence = defineRule({
  kind: "licence",
  doc: "Every package can be used under an allowed licence.",
  scope: "each-image",
  shape,
  judge: (params, { evidence }): Judgement => {
    const inventory = inventoryFacts(params, evidence.inventory);
    const { found, gaps } = contentOf(evidence, "licence");
    const told = found.filter(({ rule }) => judgeTexts(params, [rule]) === "denied");
    const reported = told.map(({ rule, package: one, path }) => denied(one ?? { name: path ?? "the image", version: "" }, rule));
    // One of the two sources is enough: an SBOM names the same licences as a licence scan.
    const isJudged = evidence.inventory.kind === "reported" || gaps.length === 0;
    return { facts: unique([...(isJudged ? inventory.filter(({ about }) => about[0] !== "inventory") : inventory), ...reported]) };
  },
});

function inventoryFacts(params: Params, evidence: InventoryEvidence): readonly Fact[] {
  const inventories = inventoriesOf(evidence);
  if (isFact(inventories)) return [inventories];
  const packages = inventories
    .flatMap((one) => one.packages)
    .filter((one) => !params.except.some((each) => matchPackage(each, one) === "yes"));
  // An image has hundreds of packages under a handful of licences, and reading one is slow.
  const known = new Map<string, Outcome>();
  const outcomeOf = ({ licences }: InventoryPackage): Outcome => {
    const key = licences.join("\n");
    const outcome = known.get(key) ?? judgeTexts(params, licences);
    known.set(key, outcome);
    return outcome;
  };
  const judged = packages.map((one) => ({ one, outcome: outcomeOf(one) }));
  const facts = judged.filter(({ outcome }) => outcome === "denied").map(({ one }) => denied(one, one.licences.join(", ")));
  const undeclared = judged.filter(({ outcome }) => outcome === "undeclared").map(({ one }) => one);
  return [...facts, ...undeclaredFacts(params, undeclared)];
}

type Outcome = "allowed" | "denied" | "undeclared";

function judgeTexts({ deny, allow }: Params, texts: readonly string[]): Outcome {
  const isAllowed = (names: readonly string[]) =>
    !names.some((name) => fits(deny, name)) && (allow === undefined || names.some((name) => fits(allow, name)));
  // A list may name what is no SPDX id, word by word.
  const outcomes = texts
    .filter((text) => !/^(NOASSERTION|NONE|UNKNOWN)?$/i.test(text.trim()))
    .map((text): Outcome => {
      if (fits(deny, text)) return "denied";
      if (fits(allow, text)) return "allowed";
      const read = readLicence(text);
      if (read === "unreadable") return "undeclared";
      return isUsable(read, isAllowed) ? "allowed" : "denied";
    });
  if (outcomes.includes("denied")) return "denied";
  return outcomes.length === 0 || outcomes.includes("undeclared") ? "undeclared" : "allowed";
}

function denied(found: NonNullable<Fact["package"]>, licences: string): Fact {
  const { name, version, purl } = found;
  const message = `${`${name} ${version}`.trimEnd()} is under ${licences.slice(0, 200)}, which is not allowed`;
  const remedy = `replace ${name}, or name it under except`;
  return { ...violated(["licence", name], message, remedy), package: { name, version, ...(purl === undefined ? {} : { purl }) } };
}

function undeclaredFacts({ whenUndeclared }: Params, packages: readonly InventoryPackage[]): readonly Fact[] {
  if (whenUndeclared === "ignore" || packages.length === 0) return [];
  const names = [...new Set(packages.map(({ name }) => name))].sort();
  const message = `the licence of ${few(names)} is not told`;
  const remedy = "let the SBOM name SPDX licences, name the packages under except, or choose by whenUndeclared";
  return [whenUndeclared === "violated" ? violated(["undeclared"], message, remedy) : unknown("undeclared", message, remedy)];
}

function unique(facts: readonly Fact[]): readonly Fact[] {
  return [...new Map(facts.map((fact) => [fact.about.join("|"), fact])).values()];
}
