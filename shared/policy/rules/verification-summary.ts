import * as z from "zod";
import type { AttestationFact } from "../../domain/evidence.ts";
import { closed } from "../field.ts";
import { defineRule } from "../rule.ts";
import { few } from "./fact.ts";
import { fits, globs } from "./globs.ts";
import { ACCEPTED, at, judgeStatements, type Outcome, statementShape } from "./statements.ts";

/** https://slsa.dev/spec/v1.2/verification_summary */
export const SUMMARY_TYPE = "https://slsa.dev/verification_summary/v1";

const shape = () => ({
  ...statementShape(),
  verifiers: z
    .array(
      closed({
        id: globs("Ids of verifiers, as the summary names them (verifier.id)."),
        signers: z
          .array(z.string())
          .min(1, { error: "name at least one signer, or leave signers out" })
          .optional()
          .describe("Who may sign for this verifier; everybody who counts for the rule where it is left out."),
      }),
    )
    .min(1, { error: "name at least one verifier: anybody could call themselves one" })
    .describe("Verifiers that count, each with those who sign for it."),
  levels: z
    .array(z.string().min(1).max(256))
    .min(1, { error: "name at least one level, or leave levels out" })
    .optional()
    .describe("What must have been verified (verifiedLevels), all of it. SLSA_BUILD_LEVEL_3 also stands for the levels below it."),
  policies: globs("Addresses of the policies that count (policy.uri).").optional(),
  resources: globs(
    "Names of the image that count (resourceUri). What is about another digest never counts, whatever its name is.",
  ).optional(),
});

type Params = z.output<z.ZodObject<ReturnType<typeof shape>>>;

/** Somebody trusted has verified it and found it good. A summary that says anything but PASSED never counts. */
export const verificationSummary = defineRule({
  kind: "verification-summary",
  doc: "Verified by somebody trusted, as a signed summary tells (SLSA VSA).",
  scope: "whole",
  shape,
  judge: (params, context) => {
    const ids = params.verifiers.flatMap(({ id }) => id);
    const wanted = {
      about: "summary",
      noun: "a verification summary (SLSA VSA)",
      remedy: `have it verified by ${few(ids, " or ")}, which attests a summary`,
    };
    return judgeStatements(params, context, wanted, (statement) =>
      statement.predicateType === SUMMARY_TYPE ? judgeSummary(params, statement) : undefined,
    );
  },
});

function judgeSummary(params: Params, statement: AttestationFact): Outcome {
  const { predicate } = statement;
  const against = objectionToSummary(predicate) ?? judgeVerifier(params, statement);
  if (against !== undefined) return { kind: "rejected", why: against };
  const { policies, resources, levels = [] } = params;
  const [policy, resource] = [at(predicate, "policy", "uri"), at(predicate, "resourceUri")];
  if (policies !== undefined && !fits(policies, text(policy)))
    return { kind: "rejected", why: `by the policy ${text(policy) || "that it does not name"}` };
  if (resources !== undefined && !fits(resources, text(resource)))
    return { kind: "rejected", why: `about ${text(resource) || "what it does not name"}` };
  const told = levelsOf(predicate);
  const missing = levels.filter((level) => !told.some((each) => reaches(each, level)));
  return missing.length === 0 ? ACCEPTED : { kind: "rejected", why: `without ${few(missing)}` };
}

/** What a summary says against itself; `undefined`: it says that all is well. */
export function objectionToSummary(predicate: unknown): string | undefined {
  const result = at(predicate, "verificationResult");
  if (result !== "PASSED") return `its result is ${text(result) || "not given"}`;
  return levelsOf(predicate).includes("FAILED") ? "its levels say FAILED" : undefined;
}

function judgeVerifier({ verifiers }: Params, { predicate, signedBy = [] }: AttestationFact): string | undefined {
  const id = text(at(predicate, "verifier", "id"));
  const fitting = verifiers.filter((verifier) => fits(verifier.id, id));
  if (fitting.length === 0) return `verified by ${id || "somebody whom it does not name"}`;
  const names = signedBy.flatMap((voucher) => voucher.names);
  const isFor = fitting.some(({ signers }) => signers === undefined || names.some((name) => signers.includes(name)));
  return isFor ? undefined : `signed by ${few([...new Set(names)].sort()) || "nobody who is trusted"}, who does not sign for ${id}`;
}

function levelsOf(predicate: unknown): readonly string[] {
  const levels = at(predicate, "verifiedLevels");
  return Array.isArray(levels) ? levels.filter((level) => typeof level === "string") : [];
}

// Only the highest level of each track is told.
const LEVEL = /^(SLSA_[A-Z]+_LEVEL_)(\d)$/;

function reaches(told: string, wanted: string): boolean {
  const [has, needs] = [LEVEL.exec(told), LEVEL.exec(wanted)];
  if (has === null || needs === null) return told === wanted;
  return has[1] === needs[1] && Number(has[2]) >= Number(needs[2]);
}

function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 300) : "";
}
