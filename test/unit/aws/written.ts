import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, type ScalarTag } from "yaml";
import { ROOT } from "./compiled.ts";
import { isObject, readTemplate, type Template } from "./template.ts";

// AWS CloudFormation user guide, "Intrinsic function reference": the short forms that the templates use.
const NAMES = ["Ref", "Sub", "GetAtt", "If", "Equals", "Join", "Not", "And", "Condition"] as const;

const tagsOf = (name: (typeof NAMES)[number]) => {
  const key = name === "Ref" || name === "Condition" ? name : `Fn::${name}`;
  const scalar: ScalarTag = { tag: `!${name}`, resolve: (text) => ({ [key]: name === "GetAtt" ? text.split(".") : text }) };
  const list = {
    tag: `!${name}`,
    collection: "seq" as const,
    resolve: (items: { toJSON(): unknown }) => ({ [key]: items.toJSON() }),
  };
  return [scalar, list];
};

/** A template as it is written, its short forms made long. */
export function written(path: string): unknown {
  const document: unknown = parse(readFileSync(join(ROOT, path), "utf8"), { customTags: NAMES.flatMap(tagsOf), merge: false });
  return JSON.parse(JSON.stringify(document));
}

/** One of the files that the hub's template is made of. */
export function partOfHub(name: string): Template {
  const part = written(`infra/aws/resources/${name}.yml`);
  const resources = { Resources: {}, ...(isObject(part) ? part : {}) };
  return readTemplate(JSON.stringify({ AWSTemplateFormatVersion: "2010-09-09", ...resources }));
}
