import { expression } from "../cel/expression.ts";
import { daysUntil, imageValue, statementValue } from "../cel/values.ts";
import { defineRule } from "../rule.ts";
import { few } from "./fact.ts";
import { fits, globs } from "./globs.ts";
import { ACCEPTED, acceptedBy, judgeStatements, statementShape } from "./statements.ts";
import { objectionToSummary, SUMMARY_TYPE } from "./verification-summary.ts";

const shape = () => ({
  predicateType: globs("Predicate types that count, such as https://cyclonedx.org/bom or https://slsa.dev/provenance/*."),
  ...statementShape(),
  when: expression(
    "statement",
    "CEL. Only a statement counts for which this is true, for example statement.predicate.result == 'PASSED'.",
  ).optional(),
});

/** An in-toto statement of a kind is there: signed by somebody trusted, young enough, and saying what it has to say. */
export const attestationRequired = defineRule({
  kind: "attestation-required",
  doc: "Has a signed statement of a certain kind, as in-toto defines them.",
  scope: "whole",
  shape,
  judge: (params, context) => {
    const accepted = acceptedBy(params.signers, context);
    const noun = `a statement of type ${few(params.predicateType, " or ")}`;
    const wanted = {
      about: "statement",
      noun,
      remedy: `attest it as ${few(accepted, " or ") || "somebody who is trusted"}`,
    };
    return judgeStatements(params, context, wanted, (statement) => {
      if (!fits(params.predicateType, statement.predicateType)) return undefined;
      const against = statement.predicateType === SUMMARY_TYPE ? objectionToSummary(statement.predicate) : undefined;
      if (against !== undefined) return { kind: "rejected", why: against };
      if (params.when === undefined) return ACCEPTED;
      const days = daysUntil(context.now);
      const values = { statement: statementValue(statement, accepted), image: imageValue(context, days) };
      const result = params.when.evaluate(values);
      if (result.kind === "failed") return { kind: "open", why: `the expression gives no result: ${result.why.slice(0, 200)}` };
      if (!result.value) return { kind: "rejected", why: "it does not say what it has to say" };
      return params.when.uses.fields.has("seenDays") ? { kind: "accepted", until: days.nextAt() } : ACCEPTED;
    });
  },
});
