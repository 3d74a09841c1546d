import * as z from "zod";
import type { InventoryPackage } from "../../domain/inventory.ts";
import { defineRule, type Fact } from "../rule.ts";
import { few, unknown, violated } from "./fact.ts";
import { inventoriesOf, isFact, type Match, matchPackage, packagePattern } from "./package-match.ts";

const shape = () => ({
  packages: z
    .array(packagePattern().safeExtend({ why: z.string().max(200).optional().describe("Reason; stands in the message.") }))
    .min(1, { error: "name at least one package" })
    .describe("Packages that may not be there."),
});

type Banned = z.output<ReturnType<typeof shape>["packages"]>[number];

/** None of certain packages is in the image, by its SBOMs. */
export const packageBanned = defineRule({
  kind: "package-banned",
  doc: "Contains none of the named packages.",
  scope: "each-image",
  shape,
  judge: ({ packages }, { evidence: { inventory } }) => {
    const inventories = inventoriesOf(inventory);
    if (isFact(inventories)) return { facts: [inventories] };
    const found = inventories.flatMap((one) => one.packages);
    return { facts: packages.flatMap((banned) => bannedFacts(banned, found)) };
  },
});

function bannedFacts(banned: Banned, packages: readonly InventoryPackage[]): readonly Fact[] {
  const certain = byName(banned, packages, "yes");
  const open = [...byName(banned, packages, "open")].filter(([name]) => !certain.has(name));
  const because = banned.why === undefined ? "" : `: ${banned.why}`;
  return [
    ...[...certain].map(([name, found]): Fact => {
      const message = `contains ${name} ${printVersions(found)}, which is not allowed${because}`;
      return { ...violated(["banned", name], message, `remove ${name} and build again`), ...one(found) };
    }),
    ...open.map(([name, found]) => {
      const message = `cannot tell whether ${name} ${printVersions(found)} is one of the packages that are not allowed`;
      return unknown(`banned ${name}`, message, "name exact versions, or leave versions out");
    }),
  ];
}

function byName(banned: Banned, packages: readonly InventoryPackage[], wanted: Match): ReadonlyMap<string, readonly InventoryPackage[]> {
  return Map.groupBy(
    packages.filter((each) => matchPackage(banned, each) === wanted),
    ({ name }) => name,
  );
}

function printVersions(found: readonly InventoryPackage[]): string {
  return few([...new Set(found.map(({ version }) => version))].sort(), " and ");
}

/** The package for waivers, where there is just one. */
function one(found: readonly InventoryPackage[]): Pick<Fact, "package"> {
  const [first] = found;
  return first === undefined || found.some(({ version }) => version !== first.version)
    ? {}
    : { package: { name: first.name, version: first.version, ...(first.purl === undefined ? {} : { purl: first.purl }) } };
}
