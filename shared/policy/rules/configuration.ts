import * as z from "zod";
import type { ContentFinding } from "../../domain/content-finding.ts";
import type { ConfigEvidence } from "../../domain/evidence.ts";
import type { ImageConfig } from "../../domain/image-config.ts";
import { atLeast, SEVERITIES } from "../../domain/severity.ts";
import { closed } from "../field.ts";
import { defineRule, type Fact } from "../rule.ts";
import { addFacts, environmentFacts, healthFacts, labelFacts, portFacts, userFacts, volumeFacts } from "./configuration-checks.ts";
import { aboutContent, contentOf, printPlace } from "./content.ts";
import { unknown, violated } from "./fact.ts";
import { globs } from "./globs.ts";

const PORTS = z.array(z.string().regex(/^\d{1,5}(\/(tcp|udp|sctp))?$/, { error: 'write "22" or "53/udp"' }));

const shape = () => ({
  notRoot: z
    .boolean()
    .default(false)
    .describe("Whether a user other than root has to be set. Empty, root, and user id 0 in any spelling are root."),
  ports: closed({
    allow: PORTS.optional().describe("The only ports that may be exposed; an empty list allows none."),
    deny: PORTS.optional().describe("Ports that may not be exposed."),
  })
    .optional()
    .describe("Exposed ports, as port or port/protocol."),
  noSecretsInEnv: z
    .boolean()
    .default(false)
    .describe("Whether environment variables may not be named like secrets (password, token, key ...). Values are never printed."),
  exceptEnv: globs("Names of environment variables that are no secrets.").optional(),
  noAddFromUrl: z.boolean().default(false).describe("Whether the build may not add files from a URL."),
  labels: closed({
    required: z
      .record(z.string().min(1), globs("Patterns of which the value has to fit one; ** fits any value."))
      .default({})
      .describe("Labels that have to be there, with the values that they may have."),
    forbidden: globs("Names of labels that may not be there.").optional(),
  })
    .optional()
    .describe("Labels of the image's configuration."),
  healthcheck: z.boolean().default(false).describe("Whether a health check has to be set."),
  noSystemVolumes: z
    .boolean()
    .default(false)
    .describe("Whether volumes may not lie in places of the system (/proc, /sys, /dev, /etc ...)."),
  noSetuid: z
    .boolean()
    .default(false)
    .describe("Whether a report may show no setuid or setgid files. Needs a report that looks for misconfigurations."),
  reportedAtLeast: z
    .enum(SEVERITIES)
    .optional()
    .describe("Misconfigurations of this severity and above, as scanners report them, violate the rule. Unknown severity counts."),
});

type Params = z.output<z.ZodObject<ReturnType<typeof shape>>>;

/** Configured as agreed, by the image's own configuration and, where that cannot tell, by reports. */
export const configuration = defineRule({
  kind: "configuration",
  doc: "The image's configuration is as agreed.",
  scope: "each-image",
  shape,
  judge: (params, { evidence }) => {
    const own = needsConfig(params) ? configFacts(params, evidence.config) : [];
    if (!params.noSetuid && params.reportedAtLeast === undefined) return { facts: own };
    const { found, gaps } = contentOf(evidence, "misconfiguration");
    return { facts: [...own, ...found.filter((one) => counts(params, one)).map(reportedFact), ...gaps] };
  },
});

function needsConfig(params: Params): boolean {
  const { notRoot, ports, noSecretsInEnv, noAddFromUrl, labels, healthcheck, noSystemVolumes } = params;
  return [notRoot, noSecretsInEnv, noAddFromUrl, healthcheck, noSystemVolumes, ports !== undefined, labels !== undefined].includes(true);
}

function configFacts(params: Params, config: ConfigEvidence): readonly Fact[] {
  switch (config.kind) {
    case "read":
      return readFacts(params, config.config);
    case "absent":
      return [unknown("config", "has no configuration of an image", "leave artifacts out of this rule by select")];
    case "unavailable":
      return [unknown("config", `could not read its configuration: ${config.why}`, "make the registry reachable; it is asked again")];
    default:
      return config satisfies never;
  }
}

function readFacts(params: Params, config: ImageConfig): readonly Fact[] {
  return [
    ...(params.notRoot ? userFacts(config) : []),
    ...(params.ports === undefined ? [] : portFacts(config, params.ports)),
    ...(params.noSecretsInEnv ? environmentFacts(config, params.exceptEnv) : []),
    ...(params.noAddFromUrl ? addFacts(config) : []),
    ...(params.labels === undefined ? [] : labelFacts(config, params.labels)),
    ...(params.healthcheck ? healthFacts(config) : []),
    ...(params.noSystemVolumes ? volumeFacts(config) : []),
  ];
}

// CIS Docker Benchmark 4.8 as Dockle names it; others tell it in words.
function isSetuid({ rule, title }: ContentFinding): boolean {
  return rule === "CIS-DI-0008" || /\bset[ug]id\b|\bsu?id bit\b/i.test(title);
}

function counts({ noSetuid, reportedAtLeast }: Params, finding: ContentFinding): boolean {
  if (noSetuid && isSetuid(finding)) return true;
  return reportedAtLeast !== undefined && (finding.severity === "unknown" || atLeast(finding.severity, reportedAtLeast));
}

function reportedFact(finding: ContentFinding): Fact {
  const message = `${finding.title} (${finding.rule})${printPlace(finding)}`;
  return violated(aboutContent(finding), message, "mend it in the build and build again", finding.severity);
}
