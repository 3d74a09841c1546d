import type { ContentKind } from "../../domain/content-finding.ts";
import type { Uses } from "../cel/lint.ts";
import type { ValuesOf } from "../cel/types.ts";
import {
  configValue,
  contentValue,
  type Days,
  findingValue,
  imageValue,
  packageValue,
  scanValue,
  signatureValue,
  statementValue,
  type Threat,
} from "../cel/values.ts";
import { unscanned } from "../evidence-words.ts";
import { attacksOn } from "../findings/exploit.ts";
import type { MergedFinding } from "../findings/merge.ts";
import type { Fact, RuleContext } from "../rule.ts";
import { isRoot } from "./configuration-checks.ts";
import { contentOf } from "./content.ts";
import { unknown } from "./fact.ts";
import { inventoriesOf, isFact } from "./package-match.ts";
import { entryOf, unfed } from "./threat-lookup.ts";

type Values = ValuesOf<"image">;

/** The values of one variable, or why its evidence is missing. */
type Given = { readonly values: Values; readonly gaps: readonly Fact[] };

type Gather = (context: RuleContext, uses: Uses, days: Days) => Given;

const MOST_FINDINGS = 20_000;

const GATHER: { readonly [Name in keyof Values]-?: Gather } = {
  image: (context, _, days) => has({ image: imageValue(context, days) }),
  scan: (context, _, days) => has({ scan: scanValue(context, days) }),
  findings: gatherFindings,
  packages: ({ evidence: { inventory } }) => {
    const inventories = inventoriesOf(inventory);
    return isFact(inventories) ? lacks(inventories) : has({ packages: inventories.flatMap(({ packages }) => packages.map(packageValue)) });
  },
  secrets: (context) => gatherContent(context, "secret", "secrets"),
  misconfigurations: (context) => gatherContent(context, "misconfiguration", "misconfigurations"),
  licences: (context) => gatherContent(context, "licence", "licences"),
  malware: (context) => gatherContent(context, "malware", "malware"),
  config: ({ evidence: { config } }, _, days) => {
    if (config.kind === "read") return has({ config: configValue(config.config, isRoot(config.config.user), days) });
    return lacks(unread("config", config.kind === "absent" ? "it has no configuration of an image" : `its configuration: ${config.why}`));
  },
  signatures: ({ evidence: { signatures } }, _, days) =>
    signatures.kind === "examined"
      ? has({ signatures: signatures.signatures.map((one) => signatureValue(one, days)) })
      : lacks(unread("signatures", `its signatures: ${signatures.why}`)),
  statements: ({ evidence: { attestations }, trustedSigners }) => {
    if (attestations.kind !== "examined") return lacks(unread("statements", `its statements: ${attestations.why}`));
    const names = trustedSigners.map(({ name }) => name);
    return has({ statements: attestations.statements.map((one) => statementValue(one, names)) });
  },
};

/** What the expression names, and nothing else: the rest costs time and is not missed. */
export function gatherValues(uses: Uses, context: RuleContext, days: Days): Given {
  const used = Object.entries(GATHER).filter(([name]) => uses.variables.has(name));
  const given = used.map(([, gather]) => gather(context, uses, days));
  return { values: Object.assign({}, ...given.map(({ values }) => values)), gaps: given.flatMap(({ gaps }) => gaps) };
}

function has(values: Values): Given {
  return { values, gaps: [] };
}

function lacks(...gaps: readonly Fact[]): Given {
  return { values: {}, gaps };
}

function unread(about: string, why: string): Fact {
  return unknown(about, `could not read ${why}`, "make the registry reachable; it is asked again");
}

function gatherContent(
  { evidence }: RuleContext,
  kind: ContentKind,
  name: "secrets" | "misconfigurations" | "licences" | "malware",
): Given {
  const { found, gaps } = contentOf(evidence, kind);
  return gaps.length > 0 ? lacks(...gaps) : has({ [name]: found.map(contentValue) });
}

function gatherFindings(context: RuleContext, uses: Uses, days: Days): Given {
  const { evidence, threats } = context;
  if (evidence.findings.kind !== "reported") return lacks(unscanned(evidence.findings));
  const findings = context.findings();
  if (findings.length > MOST_FINDINGS) {
    return lacks(
      unknown(
        "findings",
        `it has ${findings.length} findings, and an expression can be asked of ${MOST_FINDINGS}`,
        "judge them by another rule",
      ),
    );
  }
  // Without findings no feed is missed.
  const { knownExploited: kev, exploitPrediction: epss } = threats;
  const gaps = [
    ...(kev.kind !== "read" && findings.length > 0 && uses.fields.has("isKnownExploited") ? [unfed(kev, "CISA KEV")] : []),
    ...(epss.kind !== "read" && findings.length > 0 && EPSS_FIELDS.some((field) => uses.fields.has(field)) ? [unfed(epss, "EPSS")] : []),
  ];
  return gaps.length > 0
    ? lacks(...gaps)
    : has({ findings: findings.map((one) => findingValue(one, threatOf(one, context), context, days)) });
}

const EPSS_FIELDS = ["hasProbability", "probability", "percentile"] as const;

function threatOf(finding: MergedFinding, { threats }: RuleContext): Threat {
  const { exploitPrediction } = threats;
  const predicted = (exploitPrediction.kind === "read" ? entryOf(exploitPrediction, finding) : undefined) ?? finding.exploit;
  return {
    isKnownExploited: attacksOn(finding, threats) !== undefined,
    probability: predicted.probability,
    percentile: predicted.percentile,
  };
}
