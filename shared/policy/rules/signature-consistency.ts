import { quote } from "../../domain/parse-error.ts";
import type { Fields } from "../entries.ts";
import { suggest } from "../nearest.ts";
import type { Located, Path } from "../place.ts";
import type { Problem } from "../policy-error.ts";
import type { NamedSigner } from "../trust/consistency.ts";
import type { TrustedSigner } from "../trust/trust.ts";
import { countRoles } from "./signature-need.ts";

/** What a rule on signatures asks for and those who count can never fulfil. `signers`: all whom the rule names. */
export function signatureProblems(located: Located, rule: Fields, path: Path, signers: readonly NamedSigner[]): readonly Problem[] {
  const { formats, maxAge, ageBy } = rule;
  const able = Array.isArray(formats) ? signers.filter(({ format }) => formats.includes(format)) : signers;
  const problem = (field: string, message: string, mend: string): Problem => ({ place: located.place([...path, field]), message, mend });
  if (able.length === 0)
    return [
      problem(
        "formats",
        "nobody who counts signs in these formats",
        `write ${[...new Set(signers.map(({ format }) => format))].join(", ")}`,
      ),
    ];
  return [
    ...needProblems(rule, signers, able).map(([message, mend]) => problem("need", message, mend)),
    ...roleProblems(located, rule, path, able),
    ...(ageBy !== undefined && maxAge === undefined
      ? [problem("ageBy", "no age is asked for, so it decides nothing", "add maxAge, or leave ageBy out")]
      : []),
    ...(maxAge !== undefined && able.every(({ isKey }) => isKey) && !(Array.isArray(ageBy) && ageBy.includes("log"))
      ? [problem("maxAge", ...AGELESS)]
      : []),
  ];
}

const AGELESS = [
  "cosign writes no time under a signature with a key, so every one would be too old",
  "trust identities, or write ageBy: [log] where nobody else may write to the log",
] as const;

function needProblems(
  { need }: Fields,
  signers: readonly TrustedSigner[],
  able: readonly TrustedSigner[],
): readonly (readonly [message: string, mend: string])[] {
  if (typeof need === "number" && need > able.length)
    return [[`${need} different signers are needed, and ${able.length} could sign`, "name more signers, or need fewer"]];
  const unable = signers.filter((signer) => !able.includes(signer)).map(({ name }) => name);
  if (need !== "all" || unable.length === 0) return [];
  return [
    [`all are needed, and ${unable.join(", ")} signs in a format that does not count`, "add the format, or take the name out of signers"],
  ];
}

function roleProblems(located: Located, { roles }: Fields, path: Path, able: readonly TrustedSigner[]): readonly Problem[] {
  if (!Array.isArray(roles)) return [];
  const asked = roles.filter((role): role is string => typeof role === "string");
  const known = [...new Set(able.flatMap((signer) => signer.roles))];
  const missing = asked.filter((role) => !known.includes(role));
  if (missing.length > 0)
    return missing.map((role) => ({
      place: located.place([...path, "roles", roles.indexOf(role)]),
      message: `nobody who counts has the role ${quote(role)}`,
      mend: known.length === 0 ? "write roles: beside the names in trust" : suggest(role, known),
    }));
  const everybody = able.map(({ name }) => ({ names: [name], material: name }));
  if (countRoles(everybody, { signers: able, roles: asked }) === asked.length) return [];
  return [
    {
      place: located.place([...path, "roles"]),
      message: "each role needs a signer of its own, and there are too few",
      mend: "give one of the roles to somebody else in trust, or leave it out",
    },
  ];
}
