import * as z from "zod";
import { closed } from "../field.ts";
import { defineRule } from "../rule.ts";
import { few } from "./fact.ts";
import { fits, globs } from "./globs.ts";
import { type Provenance, readProvenance } from "./slsa.ts";
import { ACCEPTED, judgeStatements, type Outcome, statementShape } from "./statements.ts";

const shape = () => ({
  ...statementShape(),
  builders: z
    .array(
      closed({
        id: globs("Ids of builders, as the provenance names them."),
        level: z
          .int()
          .min(0)
          .max(4)
          .default(0)
          .describe("SLSA build level that this builder is trusted with. A provenance cannot tell it of itself."),
      }),
    )
    .min(1, { error: "name at least one builder, or leave the list out" })
    .optional()
    .describe("Builders that count; any where it is left out."),
  minLevel: z.int().min(1).max(4).optional().describe("Least SLSA build level, by the levels given to builders."),
  sources: globs(
    "Repositories that it may be built from, such as https://github.com/example/*. All that the provenance names have to fit.",
  ).optional(),
  buildTypes: globs("Build types that count.").optional(),
});

type Params = z.output<z.ZodObject<ReturnType<typeof shape>>>;

const WANTED = {
  about: "provenance",
  noun: "a provenance (SLSA 0.1, 0.2 or 1.x)",
  remedy: "build it with an accepted builder that attests its provenance",
};

/** Made by an accepted builder from an accepted source, by a provenance that somebody trusted has signed. */
export const provenance = defineRule({
  kind: "provenance",
  doc: "Built by an accepted builder from an accepted source, as a signed provenance tells.",
  scope: "whole",
  shape,
  judge: (params, context) =>
    judgeStatements(params, context, WANTED, ({ predicateType, predicate }) => {
      const read = readProvenance(predicateType, predicate);
      return read === undefined ? undefined : judgeProvenance(params, read);
    }),
});

function judgeProvenance(params: Params, { builder, buildType, sources }: Provenance): Outcome {
  const byBuilder = judgeBuilder(params, builder);
  if (byBuilder.kind !== "accepted") return byBuilder;
  if (params.buildTypes !== undefined && !fits(params.buildTypes, buildType ?? ""))
    return { kind: "rejected", why: `build type ${buildType ?? "not given"}` };
  if (params.sources === undefined) return ACCEPTED;
  if (sources.length === 0) return { kind: "rejected", why: "it does not tell what it was built from" };
  const strange = sources.filter((source) => !fits(params.sources, source));
  return strange.length === 0 ? ACCEPTED : { kind: "rejected", why: `built from ${few(strange)}` };
}

function judgeBuilder({ builders, minLevel }: Params, id: string | undefined): Outcome {
  if (builders === undefined && minLevel === undefined) return ACCEPTED;
  if (id === undefined) return { kind: "rejected", why: "it does not name its builder" };
  const levels = (builders ?? []).filter((builder) => fits(builder.id, id)).map(({ level }) => level);
  if (levels.length === 0) return { kind: "rejected", why: `built by ${id}` };
  // Two entries that fit: the lower one counts, so that a wide pattern cannot lift a narrow one.
  const level = Math.min(...levels);
  return minLevel === undefined || level >= minLevel
    ? ACCEPTED
    : { kind: "rejected", why: `built by ${id}, level ${level} of ${minLevel}` };
}
