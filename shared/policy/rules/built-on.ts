import * as z from "zod";
import type { ImageEvidence } from "../../domain/evidence.ts";
import { closed } from "../field.ts";
import { defineRule, type Fact } from "../rule.ts";
import { type BaseClaim, claimedBases } from "./built-on-claims.ts";
import { few, unknown, violated } from "./fact.ts";
import { fits, globs } from "./globs.ts";

const DIGEST = z.string().regex(/^sha256:[0-9a-f]{64}$/, { error: "write sha256: and 64 hex digits" });

const shape = () => ({
  allowed: z
    .array(
      closed({
        name: globs(
          "Names with registry, such as docker.io/library/alpine:3.* or registry.example/base/**; without a tag, any tag is meant.",
        ).optional(),
        digests: z
          .array(DIGEST)
          .min(1)
          .optional()
          .describe("Digests of manifests that are allowed; where they are given, the image has to tell one of them."),
        layers: z
          .array(DIGEST)
          .min(1)
          .optional()
          .describe(
            "Diff ids of the base's layers, lowest first. An image that begins with them has this base for certain, whatever it claims.",
          ),
      }).refine(({ name, digests, layers }) => (name ?? digests ?? layers) !== undefined, {
        error: "name the base by name, digests or layers",
      }),
    )
    .min(1, { error: "name at least one base" })
    .describe("Bases that are allowed; one has to fit."),
});

type Allowed = z.output<ReturnType<typeof shape>["allowed"]>[number];

/**
 * Built on an allowed base: proven by its lowest layers, or told by the image (annotations, labels, provenance), which a build may forge. How
 * old a base is and whether it is the newest one no image tells: list the digests that are allowed now.
 */
export const baseImage = defineRule({
  kind: "base-image",
  doc: "Built on an allowed base image.",
  scope: "each-image",
  shape,
  judge: ({ allowed }, { evidence }) => ({ facts: baseFacts(allowed, evidence) }),
});

function baseFacts(allowed: readonly Allowed[], evidence: ImageEvidence): readonly Fact[] {
  if (evidence.config.kind === "read" && allowed.some(({ layers }) => layers !== undefined && startsWith(layersOf(evidence), layers)))
    return [];
  const byName = allowed.filter(({ name, digests }) => name !== undefined || digests !== undefined);
  const claims = byName.length === 0 ? [] : claimedBases(evidence);
  if (claims.length > 0) return claims.flatMap((claim) => (byName.some((one) => isAllowed(one, claim)) ? [] : [strangeBase(claim)]));
  if (byName.length === 0 && evidence.config.kind === "read") {
    return [violated(["base"], "begins with the layers of no allowed base", "build it on an allowed base")];
  }
  const why = evidence.config.kind === "unavailable" ? `: ${evidence.config.why}` : "";
  return [
    unknown(
      "base",
      `its base is not known${why}`,
      "let the build write the annotation org.opencontainers.image.base.name, or attest its provenance",
    ),
  ];
}

function layersOf({ config }: ImageEvidence): readonly string[] {
  return config.kind === "read" ? config.config.layers : [];
}

function startsWith(layers: readonly string[], base: readonly string[]): boolean {
  return base.every((layer, index) => layers[index] === layer);
}

function isAllowed({ name, digests }: Allowed, claim: BaseClaim): boolean {
  if (digests !== undefined && (claim.digest === undefined || !digests.includes(claim.digest))) return false;
  if (name === undefined) return digests !== undefined;
  return claim.name !== undefined && (fits(name, claim.name) || fits(name, claim.name.replace(/(?<=[^/]):[^/:]*$/, "")));
}

function strangeBase({ name, digest, from }: BaseClaim): Fact {
  const words = few(
    [name, digest].filter((word) => word !== undefined),
    "@",
  );
  return violated(
    ["base", name ?? digest ?? ""],
    `built on ${words}, which is no allowed base (by its ${from})`,
    "build it on an allowed base",
  );
}
