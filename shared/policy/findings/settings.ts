import * as z from "zod";
import { SEVERITIES } from "../../domain/severity.ts";
import { closed } from "../field.ts";

const SOURCE = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, {
  error: "name a source as reports do, in lower case: vendor, nvd, ghsa, redhat, scanner, highest",
});
const namesOf = (doc: string) =>
  z
    .array(z.string().min(1, { error: "write a name" }))
    .default([])
    .describe(doc);

/** How findings count before any rule looks at them. */
export const FINDING_SETTINGS = closed({
  severityFrom: z
    .array(SOURCE)
    .min(1, { error: "name at least one source; highest takes the worst of all" })
    .default(["vendor", "nvd", "ghsa", "highest"])
    .describe(
      "Whose severity counts: the first of these that has rated the finding. vendor: the distribution of the package. scanner: the one who reported it. highest: the worst that anybody gave, also where none of the list has rated it. Among several reports of one finding the worst counts, so that no report can play another down.",
    ),
  unknownSeverityAs: z
    .enum([...SEVERITIES, "ignore"])
    .default("medium")
    .describe("What a finding counts as whose severity nobody gave. Unknown is not harmless: only ignore passes it over."),
  trustReports: z
    .array(z.enum(["registry", "posted", "attached"]))
    .min(1, { error: "trust reports from at least one place: without any, every image is unknown" })
    .default(["registry", "posted", "attached"])
    .describe(
      "Which reports count. registry: made by the registry's own scanner. posted: sent to the gate. attached: pushed beside the image, so that whoever may push may also write it. All others are as if they were not there.",
    ),
  trustSuppressions: namesOf(
    "Scanners whose suppressed findings do not count, by name, such as inspector. Without a name here a suppressed finding counts.",
  ),
  trustVex: namesOf(
    "Whose VEX statements count: names of trusted keys and identities that signed the document, or of authors as they write it after author:, such as author:security@example.com, for documents that nobody signed: anybody who may attach or post a document can write any author into it.",
  ),
});

export type FindingSettings = Readonly<z.output<typeof FINDING_SETTINGS>>;
