import type { PackageRef } from "../../domain/finding.ts";
import type { InventoryPackage } from "../../domain/inventory.ts";
import { short, textMember } from "../../runtime/lenient.ts";
import type { CycloneComponent } from "./schema.ts";

/** All components, also those inside of others, outermost first. */
export function allComponents(components: readonly CycloneComponent[]): readonly CycloneComponent[] {
  return components.flatMap((component) => [component, ...allComponents(component.components ?? [])]);
}

export function readPackage(component: CycloneComponent): InventoryPackage {
  return { ...packageOf(component), licences: licencesOf(component) };
}

export function packageOf(component: CycloneComponent): PackageRef {
  const { group, name, version, purl } = component;
  return {
    name: short(group === "" ? name : `${group}/${name}`, 300),
    version: short(version, 200),
    type: short(/^pkg:([^/]+)\//.exec(purl)?.[1] ?? propertyOf(component, "syft:package:type", "aquasecurity:trivy:PkgType"), 100),
    ...textMember("purl", purl, 500),
    ...textMember("path", propertyOf(component, "aquasecurity:trivy:FilePath", "syft:location:0:path"), 500),
    ...textMember("source", propertyOf(component, "aquasecurity:trivy:SrcName", "syft:metadata:source"), 300),
    ...textMember("layer", propertyOf(component, "aquasecurity:trivy:LayerDiffID", "syft:location:0:layerID"), 200),
  };
}

export function propertyOf({ properties }: Pick<CycloneComponent, "properties">, ...names: readonly string[]): string {
  return properties.find(({ name }) => names.includes(name))?.value ?? "";
}

function licencesOf({ licenses }: CycloneComponent): readonly string[] {
  return licenses
    .map(({ license, expression }) => short(expression || license.id || license.name, 1_000))
    .filter((licence) => licence !== "");
}
