import * as z from "zod";
import type { ImageEvidence } from "../../domain/evidence.ts";
import { printPlatform } from "../../domain/manifest.ts";
import { defineRule, type Fact } from "../rule.ts";
import { unknown, violated } from "./fact.ts";

const PLATFORM = z.string().regex(/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9.]+)?$/, { error: "write os/architecture, such as linux/arm64" });

/** Runs on the given platforms. `linux/arm64` is fulfilled by any variant of it. */
export const platformRequired = defineRule({
  kind: "platform-required",
  doc: "Offers the given platforms, and no others where that is asked.",
  scope: "whole",
  shape: () => ({
    required: z.array(PLATFORM).default([]).describe("Platforms that have to be there, such as linux/amd64."),
    allowed: z
      .array(PLATFORM)
      .min(1, { error: "name at least one platform, or leave the list out" })
      .optional()
      .describe("The only platforms that may be there."),
  }),
  judge: ({ required, allowed }, { evidence }) => {
    const offered = platformsOf(evidence);
    const known = offered.filter((platform) => platform !== undefined);
    const facts = known
      .filter((platform) => allowed !== undefined && !allowed.some((one) => covers(one, platform)))
      .map((platform) =>
        violated(["not-allowed", platform], `is built for ${platform}, which is not allowed`, `leave ${platform} out of the build`, "low"),
      );
    const missing = required.filter((wanted) => !known.some((platform) => covers(wanted, platform)));
    return { facts: [...facts, ...missingFacts(missing, known, offered.length > known.length || evidence.missingChildren.length > 0)] };
  },
});

function missingFacts(missing: readonly string[], known: readonly string[], isOpen: boolean): readonly Fact[] {
  return missing.map((platform) =>
    isOpen
      ? unknown(
          `missing ${platform}`,
          `whether it is built for ${platform} is not known: an image does not tell its platform`,
          "name the platform in the index",
        )
      : violated(
          ["missing", platform],
          `is not built for ${platform} (built for ${known.join(", ") || "nothing that runs"})`,
          `build it for ${platform} too`,
        ),
  );
}

function platformsOf({ subject, children }: ImageEvidence): readonly (string | undefined)[] {
  if (subject.kind === "index") return children.flatMap(platformsOf);
  return [subject.platform === undefined ? undefined : printPlatform(subject.platform)];
}

function covers(wanted: string, platform: string): boolean {
  return platform === wanted || platform.startsWith(`${wanted}/`);
}
