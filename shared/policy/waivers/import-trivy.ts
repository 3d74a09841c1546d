import * as z from "zod";
import { ParseError } from "../../domain/parse-error.ts";
import { type Instant, parseInstant } from "../../domain/time.ts";
import { readYaml } from "../place.ts";
import { PolicyError } from "../policy-error.ts";
import { type Draft, type Imported, packageOfPurl } from "./import.ts";

const VULNERABILITY = /^(?:CVE|GHSA|GO|PYSEC|RUSTSEC|TEMP|DSA|DLA|ELSA|ALAS|RHSA|USN|NSWG|OSV)[-A-Za-z0-9.:]+$/;

/**
 * Reads a `.trivyignore`: an id in each line, `exp:2026-12-31` behind it where it ends, `#` before a comment. A comment right above an id is its reason.
 * https://trivy.dev/latest/docs/configuration/filtering/#trivyignore
 */
export function readTrivyIgnore(text: string, file: string): Imported {
  const drafts: Draft[] = [];
  const leftOut: Imported["leftOut"][number][] = [];
  let comment = "";
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [entry = "", remark = ""] = line.split(/#(.*)/s);
    const words = entry.trim().split(/\s+/);
    const from = `${file}:${index + 1}`;
    const [id = ""] = words;
    if (id === "") comment = remark.trim();
    else {
      const read = readLine(words, remark.trim() || comment, from);
      if ("why" in read) leftOut.push(read);
      else drafts.push(read);
      comment = "";
    }
  }
  return { drafts, leftOut };
}

function readLine([id = "", ...more]: readonly string[], reason: string, from: string): Draft | Imported["leftOut"][number] {
  if (!VULNERABILITY.test(id)) return { from, why: `${id} is no id of a vulnerability; waive the rule instead` };
  const ends = more.find((word) => word.startsWith("exp:"));
  const expiresAt = ends === undefined ? undefined : readDay(ends.slice("exp:".length));
  if (ends !== undefined && expiresAt === undefined) return { from, why: `${ends} is no day` };
  return {
    from,
    scope: { vulnerabilities: [id] },
    ...(reason === "" ? {} : { reason }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

const ENTRY = z.object({
  id: z.string(),
  paths: z.array(z.string()).nullish(),
  purls: z.array(z.string()).nullish(),
  expired_at: z.string().nullish(),
  statement: z.string().nullish(),
});
const DOCUMENT = z.object({
  vulnerabilities: z.array(ENTRY).nullish(),
  misconfigurations: z.array(z.unknown()).nullish(),
  secrets: z.array(z.unknown()).nullish(),
  licenses: z.array(z.unknown()).nullish(),
});

/** Reads a `.trivyignore.yaml`. @throws PolicyError where it is none. */
export function readTrivyIgnoreYaml(text: string, file: string): Imported {
  const located = readYaml(text, file);
  const read = DOCUMENT.safeParse(located.data ?? {});
  if (!read.success)
    throw new PolicyError([
      {
        place: located.place(read.error.issues[0]?.path ?? []),
        message: "this is no .trivyignore.yaml",
        mend: "give a list of entries with an id under vulnerabilities",
      },
    ]);
  const { vulnerabilities, ...others } = read.data;
  const entries = (vulnerabilities ?? []).flatMap((entry, index) => readEntry(entry, located.place(["vulnerabilities", index])));
  const kinds = Object.entries(others).flatMap(([kind, list]) =>
    (list ?? []).map((_, index) => ({ from: located.place([kind, index]), why: `${kind} are no vulnerabilities; waive the rule instead` })),
  );
  return {
    drafts: entries.flatMap((each) => ("why" in each ? [] : [each])),
    leftOut: [...entries.flatMap((each) => ("why" in each ? [each] : [])), ...kinds],
  };
}

function readEntry(
  { id, paths, purls, expired_at, statement }: z.output<typeof ENTRY>,
  from: string,
): readonly (Draft | Imported["leftOut"][number])[] {
  if ((paths ?? []).length > 0) return [{ from, why: "it is for some paths only, which a waiver cannot say" }];
  const expiresAt = expired_at ? readDay(expired_at) : undefined;
  if (expired_at && expiresAt === undefined) return [{ from, why: `${expired_at} is no day` }];
  const more = { ...(statement ? { reason: statement } : {}), ...(expiresAt === undefined ? {} : { expiresAt }) };
  if ((purls ?? []).length === 0) return [{ from, scope: { vulnerabilities: [id] }, ...more }];
  return (purls ?? []).map((purl) => ({ from, scope: { vulnerabilities: [id], package: packageOfPurl(purl) }, ...more }));
}

function readDay(text: string): Instant | undefined {
  try {
    return parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
