import * as z from "zod";
import { type Digest, parseDigest } from "../../domain/digest.ts";
import { ParseError } from "../../domain/parse-error.ts";
import { SEVERITIES } from "../../domain/severity.ts";
import { closed, date, name, patterns, words } from "../field.ts";
import type { Located, Path } from "../place.ts";
import type { Problem } from "../policy-error.ts";
import type { WaiverSettings } from "./settings.ts";
import type { Waiver } from "./waiver.ts";

const WORDS = z.string().trim().min(1, { error: "write a text" }).max(2000, { error: "write at most 2000 characters" });
const WHO = z.string().trim().min(1, { error: "name a person or a team" }).max(200, { error: "write at most 200 characters" });

const DIGEST = z.string().transform((text, context): Digest => {
  try {
    return parseDigest(text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    context.issues.push({ code: "custom", input: text, message: error.mend });
    return z.NEVER;
  }
});

const scope = () =>
  closed({
    vulnerabilities: z
      .array(z.string().regex(/^[A-Za-z][\w.:-]{2,99}$/, { error: "write an id, such as CVE-2026-1234; patterns are not allowed here" }))
      .min(1, { error: "name at least one id" })
      .optional()
      .describe("Ids of vulnerabilities, each whole. Every scanner that tells of the finding has to use one of them, as id or alias."),
    package: closed({
      name: words("Names of packages or of the source packages that they were built from; * for any text."),
      purl: words("Package URLs without version, such as pkg:deb/debian/openssl; * for any text within one part."),
      version: words("Exact installed versions. The waiver is void for any other."),
    })
      .optional()
      .describe("Packages; without a name or purl, any package of these versions."),
    image: closed({
      registry: patterns("registry", "Registry hosts; * for any text."),
      repository: patterns("repository", "Repositories; * within one path part, ** for any number of parts."),
      tag: patterns("tag", "Tags; every tag of the image has to fit one."),
      digest: z
        .array(DIGEST)
        .min(1, { error: "name at least one digest" })
        .optional()
        .describe("Digests of the image or of the index that it is part of."),
    })
      .optional()
      .describe("Images; left out: all of them."),
    rules: z
      .array(name("Id of a rule."))
      .min(1, { error: "name at least one rule" })
      .optional()
      .describe("Ids of rules; left out: all of them."),
  });

const WAIVER = z.lazy(() =>
  closed({
    id: name("Name of the waiver, unique in the policy; it stands in every verdict that it changes."),
    scope: scope().describe("What is waived. All that is given has to fit."),
    severity: z.enum(SEVERITIES).optional().describe("The worst severity that is waived; void for anything worse."),
    owner: WHO.describe("Who has to do something about it before it ends."),
    reason: WORDS.describe("Why it can be lived with."),
    ticket: WORDS.optional(),
    approvedBy: WHO,
    secondApprovedBy: WHO.optional(),
    createdAt: date().describe("When it was approved; its greatest length counts from here."),
    expiresAt: date().describe("The first moment at which it no longer counts. A day alone is its start in UTC."),
    evenIfFixed: z
      .boolean()
      .default(false)
      .describe("Whether it stays although there is a fix; otherwise it is void as soon as there is one."),
    evenIfExploited: z
      .boolean()
      .default(false)
      .describe("Whether it stays although attacks are known; otherwise it is void as soon as they are."),
  }),
);

export const WAIVERS_DOCUMENT = z.lazy(() =>
  closed({
    apiVersion: z.literal("moorgate.dev/v1"),
    kind: z.literal("Waivers"),
    waivers: z.array(WAIVER),
  }),
);

type Written = z.output<typeof WAIVER>;

export function readWaivers(written: readonly Written[], { place }: Located): readonly Waiver[] {
  return written.map((waiver, index) => ({ ...waiver, place: place(["waivers", index]).replace(/:\d+$/, "") }));
}

/** What the parts of a waiver demand of each other, and the policy of it. */
export function waiverProblems(written: readonly Written[], located: Located, settings: WaiverSettings): readonly Problem[] {
  return written.flatMap((waiver, index) => {
    const at: Path = ["waivers", index];
    return [...scopeProblems(waiver), ...approvalProblems(waiver, settings)].map(({ field, message, mend }) => ({
      place: located.place([...at, ...field]),
      message,
      mend,
    }));
  });
}

interface Fault {
  readonly field: Path;
  readonly message: string;
  readonly mend: string;
}

function scopeProblems({ scope, severity }: Written): readonly Fault[] {
  const isBound = scope.vulnerabilities !== undefined || isNarrow(scope.package) || scope.rules !== undefined;
  const namesFindings = scope.vulnerabilities !== undefined || scope.package !== undefined;
  return [
    ...(isBound
      ? []
      : [{ field: ["scope"], message: "this would waive everything", mend: "name vulnerabilities, a package by name or purl, or rules" }]),
    ...(namesFindings && severity === undefined
      ? [
          {
            field: [],
            message: '"severity" is missing',
            mend: "write the worst severity that is waived: the waiver is void for a finding that is rated above it",
          },
        ]
      : []),
  ];
}

function isNarrow(wanted: Written["scope"]["package"]): boolean {
  return [wanted?.name, wanted?.purl].some((given) => given !== undefined && given.every((pattern) => pattern.replaceAll("*", "") !== ""));
}

function approvalProblems(
  { createdAt, expiresAt, approvedBy, secondApprovedBy, ticket }: Written,
  settings: WaiverSettings,
): readonly Fault[] {
  return [
    ...(expiresAt > createdAt ? [] : [{ field: ["expiresAt"], message: "it ends before it begins", mend: "write a day after createdAt" }]),
    ...(secondApprovedBy === approvedBy
      ? [
          {
            field: ["secondApprovedBy"],
            message: "both approvals are by the same",
            mend: "let somebody else approve it, or leave secondApprovedBy out",
          },
        ]
      : []),
    ...(settings.requireTicket && ticket === undefined
      ? [{ field: [], message: '"ticket" is missing', mend: "name the ticket, as waivers.requireTicket of the policy demands" }]
      : []),
  ];
}
