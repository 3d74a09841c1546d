import * as z from "zod";
import type { ContentFinding } from "../../domain/content-finding.ts";
import { atLeast as isAtLeast, SEVERITIES } from "../../domain/severity.ts";
import { closed } from "../field.ts";
import { defineRule } from "../rule.ts";
import { aboutContent, contentOf, printPlace } from "./content.ts";
import { violated } from "./fact.ts";
import { fits, globs } from "./globs.ts";

const shape = () => ({
  atLeast: z
    .enum(SEVERITIES)
    .default("negligible")
    .describe("Secrets of this severity and above count; one of unknown severity always does."),
  except: z
    .array(
      closed({
        rule: globs("Ids of the scanner's rules, such as jwt-token.").optional(),
        path: globs("Files, such as usr/share/doc/**.").optional(),
      }).refine(({ rule, path }) => rule !== undefined || path !== undefined, { error: "name a rule or a path" }),
    )
    .default([])
    .describe("What is no secret: every given field of one entry has to fit."),
});

type Params = z.output<z.ZodObject<ReturnType<typeof shape>>>;

/** No secret in a file, as far as scanners report it. For the environment see `configuration`. */
export const secrets = defineRule({
  kind: "secrets",
  doc: "No secret was found in the image.",
  scope: "each-image",
  shape,
  judge: (params, { evidence }) => {
    const { found, gaps } = contentOf(evidence, "secret");
    return { facts: [...found.filter((secret) => counts(params, secret)).map(secretFact), ...gaps] };
  },
});

function counts({ atLeast, except }: Params, { severity, rule, path = "" }: ContentFinding): boolean {
  if (severity !== "unknown" && !isAtLeast(severity, atLeast)) return false;
  // Reports write paths with and without the leading slash.
  const file = path.replace(/^\//, "").replace(/:\d+$/, "");
  return !except.some((one) => (one.rule === undefined || fits(one.rule, rule)) && (one.path === undefined || fits(one.path, file)));
}

function secretFact(secret: ContentFinding) {
  const message = `${secret.title} (${secret.rule})${printPlace(secret)}`;
  return violated(
    aboutContent(secret),
    message,
    "take it back where it was issued, then build without it: deleting it in a later layer keeps it readable",
    secret.severity,
  );
}
