import { anchore } from "../../../shared/scanners/anchore/index.ts";
import { dockle } from "../../../shared/scanners/dockle/index.ts";
import { gitlab } from "../../../shared/scanners/gitlab/index.ts";
import { gitleaks } from "../../../shared/scanners/gitleaks/index.ts";
import { grype } from "../../../shared/scanners/grype/index.ts";
import { hadolint } from "../../../shared/scanners/hadolint/index.ts";
import { osvScanner } from "../../../shared/scanners/osv-scanner/index.ts";
import { prisma } from "../../../shared/scanners/prisma/index.ts";
import { snyk } from "../../../shared/scanners/snyk/index.ts";
import { trivyOperator } from "../../../shared/scanners/trivy-operator/index.ts";
import { commonFacts, digestIn, type Facts, type ReadCase, renamed, reportKind, tally } from "./report-facts.ts";

const FIX_STATES = { None: "unknown", "": "unknown" };

/** Grype: also what it knows of attacks, and the image that it looked at. */
export const grypeReports = reportKind(
  grype,
  ({ findings, read }) => ({
    ...commonFacts(findings, ({ fix }) => fix.state === "fixed"),
    fixStates: tally(findings.map(({ fix }) => fix.state)),
    withEpss: findings.filter(({ exploit }) => exploit?.probability !== undefined).length,
    knownExploited: findings.filter(({ exploit }) => exploit?.isKnownExploited === true).length,
    suppressed: read.kind === "report" ? read.report.findings.length - findings.length : 0,
    subject: read.kind === "report" ? read.subject : undefined,
  }),
  (expected) => ({ ...expected, fixStates: renamed(expected["fixStates"], FIX_STATES), ...subjectOf(expected) }),
);

function subjectOf({ repoDigests, manifestDigest }: Facts): Facts {
  const digests = Array.isArray(repoDigests) ? repoDigests.flatMap((each) => digestIn(each) ?? []) : [];
  const subject = digests[0] ?? digestIn(manifestDigest);
  return subject === undefined ? {} : { subject };
}

/** The index counts the operating system's findings, and those of applications apart. */
export const snykReports = reportKind(snyk, ({ document, findings }) => {
  const alone = snyk.read({ ...(document as object), applications: [] });
  const os = alone.kind === "report" ? alone.report.findings : [];
  return { ...commonFacts(os), applicationFindings: findings.length - os.length };
});

export const osvReports = reportKind(osvScanner, standard);
export const operatorReports = reportKind(trivyOperator, standard);
export const gitlabReports = reportKind(gitlab, standard);
export const prismaReports = reportKind(prisma, standard);

/** Anchore Engine writes the image's digest. */
export const anchoreReports = reportKind(anchore, ({ findings, read }) => ({
  ...commonFacts(findings),
  ...(read.kind === "report" && read.subject !== undefined ? { imageDigest: read.subject } : {}),
}));

function standard({ findings }: ReadCase): Facts {
  return commonFacts(findings);
}

function contentOf({ read }: ReadCase) {
  return read.kind === "content" ? (read.report.content ?? []) : [];
}

export const gitleaksReports = reportKind(gitleaks, (read) => {
  const content = contentOf(read);
  return { findings: content.length, byRule: tally(content.map(({ rule }) => rule)) };
});

const LEVELS = { error: "high", warning: "medium", info: "low", style: "negligible" };

export const hadolintReports = reportKind(
  hadolint,
  (read) => {
    const content = contentOf(read);
    const codes = [...new Set(content.map(({ rule }) => rule))].sort();
    return { findings: content.length, byLevel: tally(content.map(({ severity }) => severity)), codes };
  },
  (expected) => ({ ...expected, byLevel: renamed(expected["byLevel"], LEVELS) }),
);

const DOCKLE_LEVELS: Readonly<Record<string, string>> = { FATAL: "high", WARN: "medium", INFO: "low", IGNORE: "", SKIP: "", PASS: "" };

export const dockleReports = reportKind(
  dockle,
  (read) => ({ byLevel: tally(contentOf(read).map(({ severity }) => severity)) }),
  (expected) => {
    const { "": _left, ...byLevel } = renamed(expected["byLevel"], DOCKLE_LEVELS);
    return { byLevel };
  },
);
