import * as z from "zod";
import { highestScore, readCvss } from "../../domain/cvss.ts";
import type { CvssClaim, Finding } from "../../domain/finding.ts";
import { severityFromWord } from "../../domain/severity.ts";
import { many, short, text } from "../../runtime/lenient.ts";
import { firstName } from "./finding.ts";

export const BASIC_FINDING = z.object({
  name: text,
  uri: text,
  description: text,
  severity: text,
  attributes: many(z.object({ key: text, value: text })),
});

/**
 * A finding of ECR's basic scanning: package and scores are attributes, all of them text. It knows no fixes. `undefined` where nothing names it.
 */
export function readBasicFinding({ name, uri, description, severity, attributes }: z.output<typeof BASIC_FINDING>): Finding | undefined {
  const id = firstName(name, uri);
  if (id === "") return undefined;
  const values = new Map(attributes.map(({ key, value }) => [key?.toLowerCase() ?? "", value ?? ""]));
  const cvss = ["2", "3", "4"].map((version) => readScore(values, version)).filter((claim) => claim !== undefined);
  const score = highestScore(cvss);
  const known = severityFromWord(severity ?? undefined);
  return {
    id,
    aliases: [],
    severity: known,
    severities: [{ source: "ecr", raw: short(severity, 100), severity: known }],
    ...(score === undefined ? {} : { score }),
    ...(cvss.length === 0 ? {} : { cvss }),
    package: { name: short(values.get("package_name"), 300), version: short(values.get("package_version"), 200), type: "os" },
    fix: { state: "unknown", versions: [] },
    ...(description ? { title: short(description, 300) } : {}),
  };
}

function readScore(values: ReadonlyMap<string, string>, version: string): CvssClaim | undefined {
  const given = values.get(`cvss${version}_score`) ?? "";
  return readCvss("ecr", {
    version,
    vector: values.get(`cvss${version}_vector`) ?? null,
    score: /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : null,
  });
}
