import * as z from "zod";
import { loose, many, text, word } from "../../runtime/lenient.ts";

const MESSAGE = z.object({ text: word }).catch({ text: "" });

const PROPERTIES = z
  .object({ "security-severity": z.union([z.string(), z.number()]).catch(""), tags: many(z.string()), purls: many(z.string()) })
  .catch({ "security-severity": "", tags: [], purls: [] });

const RULE = z.object({
  id: word,
  name: word,
  shortDescription: MESSAGE,
  fullDescription: MESSAGE,
  help: MESSAGE,
  properties: PROPERTIES,
});
export type SarifRule = z.output<typeof RULE>;

/** A rule that nobody describes. */
export const NO_RULE: SarifRule = RULE.parse({});

const REGION = z.object({ startLine: z.number().catch(0) }).catch({ startLine: 0 });
const ARTIFACT = z.object({ uri: word }).catch({ uri: "" });
const LOCATION = z.object({
  physicalLocation: z
    .object({ artifactLocation: ARTIFACT, region: REGION })
    .catch({ artifactLocation: { uri: "" }, region: { startLine: 0 } }),
});

const RESULT = z.object({
  ruleId: word,
  ruleIndex: z.number().catch(-1),
  rule: z.object({ id: word, index: z.number().catch(-1) }).catch({ id: "", index: -1 }),
  level: word,
  message: MESSAGE,
  locations: many(LOCATION),
  suppressions: many(z.object({ status: word, justification: word })),
  properties: PROPERTIES,
});
export type SarifResult = z.output<typeof RESULT>;

const RUN = z.object({
  tool: z.object({ driver: z.object({ name: z.string(), rules: many(RULE) }) }),
  // Absent or null: the run was not a scan, or it failed before there were any (SARIF 2.1.0, 3.14.23).
  results: z.array(RESULT).nullish(),
  invocations: many(z.object({ executionSuccessful: loose(z.boolean()), endTimeUtc: text })),
  properties: z.object({ repoDigests: many(z.string()) }).catch({ repoDigests: [] }),
});
export type SarifRun = z.output<typeof RUN>;

export const SARIF_LOG = z.object({ version: z.literal("2.1.0"), runs: z.array(RUN) });
