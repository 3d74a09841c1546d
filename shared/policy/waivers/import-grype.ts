import * as z from "zod";
import { readYaml } from "../place.ts";
import { PolicyError } from "../policy-error.ts";
import type { Draft, Imported } from "./import.ts";
import type { WaivedPackage } from "./waiver.ts";

const TEXT = z.string().nullish();
const RULE = z.looseObject({
  vulnerability: TEXT,
  "include-aliases": z.boolean().nullish(),
  reason: TEXT,
  "fix-state": TEXT,
  package: z.looseObject({ name: TEXT, version: TEXT, "upstream-name": TEXT }).nullish(),
});
const DOCUMENT = z.looseObject({ ignore: z.array(RULE).nullish() });

type Rule = z.output<typeof RULE>;

/**
 * Reads the ignore rules of a Grype configuration (`.grype.yaml`). A rule that is narrowed by something which a waiver cannot say is left out.
 * https://github.com/anchore/grype, "Specifying matches to ignore"
 * @throws PolicyError where it is none
 */
export function readGrypeIgnore(text: string, file: string): Imported {
  const located = readYaml(text, file);
  const read = DOCUMENT.safeParse(located.data ?? {});
  if (!read.success)
    throw new PolicyError([
      {
        place: located.place(read.error.issues[0]?.path ?? []),
        message: "this is no configuration of Grype",
        mend: "give a list of rules under ignore",
      },
    ]);
  const entries = (read.data.ignore ?? []).map((rule, index) => readRule(rule, located.place(["ignore", index])));
  return {
    drafts: entries.flatMap((each) => ("why" in each ? [] : [each])),
    leftOut: entries.flatMap((each) => ("why" in each ? [each] : [])),
  };
}

const RULE_KEYS: ReadonlySet<string> = new Set(["vulnerability", "include-aliases", "reason", "fix-state", "package"]);
const PACKAGE_KEYS: ReadonlySet<string> = new Set(["name", "version", "upstream-name"]);

function readRule(rule: Rule, from: string): Draft | Imported["leftOut"][number] {
  const { vulnerability, reason, package: wanted } = rule;
  const why = unsayable(rule);
  if (why !== undefined) return { from, why };
  if (!vulnerability) return { from, why: "it names no vulnerability" };
  const named = packageOf(wanted ?? {});
  return {
    from,
    scope: { vulnerabilities: [vulnerability], ...(named === undefined ? {} : { package: named }) },
    ...(reason ? { reason } : {}),
    ...(rule["fix-state"] === "fixed" ? { evenIfFixed: true } : {}),
  };
}

/** What narrows a rule and has no word in a waiver: leaving it out would waive more than the rule ignores. */
function unsayable(rule: Rule): string | undefined {
  const wanted = rule.package ?? {};
  const narrowing = [...strange(rule, RULE_KEYS), ...strange(wanted, PACKAGE_KEYS).map((key) => `package.${key}`)];
  if (narrowing.length > 0) return `it is narrowed by ${narrowing.join(", ")}, which a waiver cannot say`;
  const names = namesOf(wanted);
  if (names.some((name) => /[*\\^$()[\]{}|?]/.test(name))) return "its package is a regular expression, which a waiver cannot say";
  return names.length > 1 ? "it is for a package of one source package only, which a waiver cannot say" : undefined;
}

type Wanted = NonNullable<Rule["package"]>;

function packageOf(wanted: Partial<Wanted>): WaivedPackage | undefined {
  const [name] = namesOf(wanted);
  if (name === undefined && !wanted.version) return undefined;
  return { ...(name === undefined ? {} : { name: [name] }), ...(wanted.version ? { version: [wanted.version] } : {}) };
}

function namesOf(wanted: Partial<Wanted>): readonly string[] {
  return [wanted.name, wanted["upstream-name"]].flatMap((name) => (name ? [name] : []));
}

function strange(fields: Readonly<Record<string, unknown>>, known: ReadonlySet<string>): readonly string[] {
  return Object.entries(fields).flatMap(([key, value]) => (known.has(key) || value === null || value === "" ? [] : [key]));
}
