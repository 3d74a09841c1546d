import * as z from "zod";
import { listOf, loose, many, word } from "../../runtime/lenient.ts";

const LICENCE = z.object({ license: z.object({ id: word, name: word }).catch({ id: "", name: "" }), expression: word });
const PROPERTY = z.object({ name: word, value: word });

const COMPONENT = z.object({
  type: word,
  "bom-ref": word,
  group: word,
  name: word,
  version: word,
  purl: word,
  licenses: many(LICENCE),
  properties: many(PROPERTY),
  get components() {
    return z.array(COMPONENT).nullish();
  },
});
export type CycloneComponent = z.output<typeof COMPONENT>;

const NAMED = z.object({ name: word }).catch({ name: "" });
const RATING = z.object({
  source: NAMED,
  severity: word,
  score: loose(z.number()),
  method: word,
  vector: word,
});

const VULNERABILITY = z.object({
  id: word,
  source: NAMED,
  references: many(z.object({ id: word })),
  ratings: many(RATING),
  recommendation: word,
  published: word,
  rejected: word,
  analysis: loose(z.object({ state: word, justification: word, detail: word, lastUpdated: word })),
  affects: many(z.object({ ref: word })),
  properties: many(PROPERTY),
});
export type CycloneVulnerability = z.output<typeof VULNERABILITY>;

// 1.5 made `tools` an object.
const TOOL = z.object({ vendor: word, name: word, version: word });
const TOOLS = z.union([z.object({ components: many(TOOL) }), z.array(TOOL)]).catch([]);

/** CycloneDX 1.2 to 1.7. */
export const CYCLONEDX_BOM = z.object({
  specVersion: z.string(),
  metadata: loose(z.object({ timestamp: word, tools: TOOLS, component: loose(COMPONENT), supplier: NAMED, authors: many(NAMED) })),
  components: listOf(COMPONENT),
  vulnerabilities: listOf(VULNERABILITY),
});
export type CycloneBom = z.output<typeof CYCLONEDX_BOM>;
