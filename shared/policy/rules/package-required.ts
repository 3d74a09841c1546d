import * as z from "zod";
import { defineRule } from "../rule.ts";
import { few, unknown, violated } from "./fact.ts";
import { inventoriesOf, isFact, matchPackage, type PackagePattern, packagePattern } from "./package-match.ts";

/** Each of certain packages is in the image, by its SBOMs. */
export const packageRequired = defineRule({
  kind: "package-required",
  doc: "Contains each of the named packages.",
  scope: "each-image",
  shape: () => ({
    packages: z.array(packagePattern()).min(1, { error: "name at least one package" }).describe("Packages that have to be there."),
  }),
  judge: ({ packages }, { evidence: { inventory } }) => {
    const inventories = inventoriesOf(inventory);
    if (isFact(inventories)) return { facts: [inventories] };
    const all = inventories.flatMap((one) => one.packages);
    return {
      facts: packages.flatMap((wanted) => {
        const matches = all.map((one) => matchPackage(wanted, one));
        if (matches.includes("yes")) return [];
        const words = printPattern(wanted);
        return matches.includes("open")
          ? [unknown(`required ${words}`, `cannot tell whether it contains ${words}`, "name an exact version, or leave versions out")]
          : [violated(["required", words], `does not contain ${words}`, `add ${words} and build again`)];
      }),
    };
  },
});

function printPattern({ name, purl, versions }: PackagePattern): string {
  return [few(name ?? purl ?? [], " or "), versions].filter((word) => word !== undefined).join(" ");
}
