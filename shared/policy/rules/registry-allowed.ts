import * as z from "zod";
import { closed } from "../field.ts";
import { defineRule } from "../rule.ts";
import { violated } from "./fact.ts";
import { fits, nameGlobs } from "./globs.ts";

/** Comes from a place that is allowed. A place is one registry and, where they are given, the repositories in it. */
export const registryAllowed = defineRule({
  kind: "registry-allowed",
  doc: "Lies in an allowed registry and repository.",
  scope: "whole",
  shape: () => ({
    places: z
      .array(
        closed({
          registry: nameGlobs("registry", "Registry hosts."),
          repository: nameGlobs("repository", "Repositories in it; all of them where it is left out.").optional(),
        }),
      )
      .min(1, { error: "name at least one place" })
      .describe("Where images may lie; one place has to fit."),
  }),
  judge: ({ places }, { target: { registry, repository } }) => {
    const isAllowed = places.some(
      (place) => fits(place.registry, registry) && (place.repository === undefined || fits(place.repository, repository)),
    );
    if (isAllowed) return { facts: [] };
    const remedy = "copy the image to an allowed place and use it from there";
    return { facts: [violated(["place"], `${registry}/${repository} is no allowed place`, remedy, "high")] };
  },
});
