import * as z from "zod";
import { defineRule, type Fact } from "../rule.ts";
import { violated } from "./fact.ts";
import { fits, nameGlobs } from "./globs.ts";
import { isSemanticVersion } from "./semantic-versions.ts";

const shape = () => ({
  allow: nameGlobs("tag", "Every tag has to fit one of these.").optional(),
  deny: nameGlobs("tag", "No tag may fit one of these, for example latest.").optional(),
  semver: z.boolean().default(false).describe("Whether every tag has to be a semantic version (2.1.0, v2.1.0-rc.1)."),
  required: z.boolean().default(false).describe("Whether an image needs a tag at all."),
});

type Params = z.output<z.ZodObject<ReturnType<typeof shape>>>;

/** Tags as agreed. Whether a registry lets tags move is the registry's setting and nothing that an image shows. */
export const tagRules = defineRule({
  kind: "tag-rules",
  doc: "Has tags of the agreed form.",
  scope: "whole",
  shape,
  judge: (params, { target: { tags } }) => {
    if (tags.length === 0 && params.required) return { facts: [violated(["untagged"], "has no tag", "push it under a tag", "low")] };
    return { facts: tags.flatMap((tag) => tagFacts(params, tag)) };
  },
});

function tagFacts({ allow, deny, semver }: Params, tag: string): readonly Fact[] {
  const facts: Fact[] = [];
  if (fits(deny, tag))
    facts.push(violated(["denied", tag], `the tag ${tag} is not allowed`, `push it under another tag than ${tag}`, "low"));
  if (allow !== undefined && !fits(allow, tag))
    facts.push(
      violated(["form", tag], `the tag ${tag} fits none of ${allow.join(", ")}`, `push it under a tag such as ${allow[0]}`, "low"),
    );
  if (semver && !isVersion(tag))
    facts.push(violated(["semver", tag], `the tag ${tag} is no semantic version`, "push it under a tag such as 2.1.0", "low"));
  return facts;
}

/** Whole versions only: `1.2` moves with every patch. A tag cannot hold the `+` of build metadata. */
function isVersion(tag: string): boolean {
  return isSemanticVersion(tag.replace(/^v/, ""));
}
