import { isObject } from "../../runtime/lenient.ts";

type Element = Readonly<Record<string, unknown>>;

/**
 * A BOM in XML as the members that the same BOM has in JSON. Up to 1.3 vulnerabilities stood inside of the component, in the namespace
 * http://cyclonedx.org/schema/ext/vulnerability/1.0.
 */
export function fromXml(bom: Element): Element {
  const components: Element[] = [];
  const nested: Element[] = [];
  for (const component of elements(bom, "components", "component"))
    components.push(readComponent(component, nested, `${components.length}`));
  const metadata = child(bom, "metadata");
  return {
    specVersion: "xml",
    metadata: {
      timestamp: textOf(metadata["timestamp"]),
      tools: elements(metadata, "tools", "tool").map((tool) => ({
        vendor: textOf(tool["vendor"]),
        name: textOf(tool["name"]),
        version: textOf(tool["version"]),
      })),
      ...(isObject(metadata["component"]) ? { component: readComponent(metadata["component"], [], "metadata") } : {}),
    },
    components,
    vulnerabilities: [...nested, ...elements(bom, "vulnerabilities", "vulnerability").map((entry) => readVulnerability(entry, undefined))],
  };
}

/** `place` names the component where it has no reference of its own. */
function readComponent(component: Element, vulnerabilities: Element[], place: string): Element {
  const ref = textOf(component["@bom-ref"]) || `#${place}`;
  const inner = elements(component, "components", "component").map((each, index) =>
    readComponent(each, vulnerabilities, `${place}/${index}`),
  );
  for (const entry of elements(component, "vulnerabilities", "vulnerability")) vulnerabilities.push(readVulnerability(entry, ref));
  const licences = child(component, "licenses");
  return {
    type: textOf(component["@type"]),
    "bom-ref": ref,
    ...texts(component, "group", "name", "version", "purl"),
    licenses: [
      ...list(licences["license"]).map((licence) => ({ license: texts(asElement(licence), "id", "name") })),
      ...list(licences["expression"]).map((expression) => ({ expression: textOf(expression) })),
    ],
    properties: elements(component, "properties", "property").map((each) => ({ name: textOf(each["@name"]), value: textOf(each) })),
    components: inner,
  };
}

function readVulnerability(entry: Element, ref: string | undefined): Element {
  const source = child(entry, "source");
  const targets = elements(entry, "affects", "target").map((target) => ({ ref: textOf(target["ref"]) }));
  return {
    ...texts(entry, "id", "recommendation", "published", "rejected"),
    source: { name: textOf(source["@name"]) || textOf(source["name"]) },
    references: elements(entry, "references", "reference").map((each) => texts(each, "id")),
    ratings: elements(entry, "ratings", "rating").map(readRating),
    affects: ref === undefined ? targets : [{ ref }],
    ...(isObject(entry["analysis"]) ? { analysis: texts(entry["analysis"], "state", "justification", "detail", "lastUpdated") } : {}),
  };
}

function readRating(rating: Element): Element {
  const score = isObject(rating["score"]) ? textOf(rating["score"]["base"]) : textOf(rating["score"]);
  return {
    source: { name: textOf(child(rating, "source")["name"]) },
    ...texts(rating, "severity", "method", "vector"),
    ...(score === "" || Number.isNaN(Number(score)) ? {} : { score: Number(score) }),
  };
}

function texts(element: Element, ...names: readonly string[]): Element {
  return Object.fromEntries(names.map((name) => [name, textOf(element[name])]));
}

function elements(parent: Element, group: string, name: string): readonly Element[] {
  return list(child(parent, group)[name]).filter(isObject);
}

function child(parent: Element, name: string): Element {
  return asElement(parent[name]);
}

function asElement(value: unknown): Element {
  return isObject(value) ? value : {};
}

/** One element stands alone, several in a list. */
function list(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function textOf(value: unknown): string {
  const text = isObject(value) ? value["#text"] : value;
  return typeof text === "string" ? text : "";
}
