import { pemProblem } from "../trust/trust.ts";
import { placeOfDirectories } from "./patterns.ts";
import { leaveExemption } from "./project.ts";
import type { Check, CheckSet, PlatformPolicy } from "./shape.ts";
import type { Taken } from "./taken.ts";
import { explainVulnerabilities, takeVulnerabilities } from "./vulnerabilities.ts";

type At = readonly (string | number)[];

/** Takes over the checks of continuous validation that are for every pod. It only logs, so the rules only warn. */
export function takePlatform({ gkePolicy, ...policy }: PlatformPolicy, taken: Taken): void {
  const { checkSets, imageAllowlist } = gkePolicy;
  taken.explained.push("Continuous validation looks at running pods and logs what is against its checks; nothing is stopped.");
  if (checkSets.length === 0) taken.explained.push("There are no checks, so every image is allowed.");
  takeAllowlist(imageAllowlist, ["gkePolicy"], taken);
  for (const [index, set] of checkSets.entries()) takeSet(set, ["gkePolicy", "checkSets", index], taken);
  taken.leaveUnknown(["gkePolicy"], gkePolicy, ["checkSets", "imageAllowlist"]);
  taken.leaveUnknown([], policy, ["name", "description", "updateTime", "etag"]);
}

function takeAllowlist(patterns: readonly string[], path: At, taken: Taken): void {
  for (const [index, pattern] of patterns.entries()) {
    taken.explained.push(`Exempt: ${pattern}.`);
    leaveExemption([...path, "imageAllowlist", "allowPattern", index], pattern, taken);
  }
}

function takeSet(set: CheckSet, path: At, taken: Taken): void {
  const { kubernetesNamespace = "", kubernetesServiceAccount = "" } = set.scope ?? {};
  const scope = kubernetesServiceAccount || kubernetesNamespace;
  taken.explained.push(`${titleOf(set.displayName, "Checks")} for ${scope === "" ? "every other pod" : `pods of ${scope}`}:`);
  for (const [index, check] of set.checks.entries()) {
    const at = [...path, "checks", index];
    taken.explained.push(`  ${titleOf(check.displayName, `check ${index + 1}`)}: ${explainCheck(check)}`);
    if (scope === "") takeCheck(check, at, taken);
  }
  if (scope !== "") return taken.leaveOut(path, `checks for pods of ${scope}: an image is judged in its registry, wherever it runs`);
  takeAllowlist(set.imageAllowlist, path, taken);
  taken.leaveUnknown(path, set, ["displayName", "imageAllowlist", "scope", "checks"]);
}

function titleOf(name: string, otherwise: string): string {
  return name === "" ? otherwise : `"${name}"`;
}

interface Kind {
  readonly explain: (check: Check) => string;
  readonly take: (check: Check, path: At, taken: Taken) => void;
}

const LEFT_OUT =
  (why: string): Kind["take"] =>
  (_, path, taken) =>
    taken.leaveOut(path, why);

const KINDS = {
  alwaysDeny: {
    explain: () => "every image is denied",
    take: LEFT_OUT("denying every image has no counterpart: nothing could be pulled any more"),
  },
  trustedDirectoryCheck: {
    explain: ({ trustedDirectoryCheck }) => `only images right in ${trustedDirectoryCheck?.trustedDirPatterns.join(", ") ?? ""}`,
    take: takeDirectories,
  },
  imageFreshnessCheck: {
    explain: ({ imageFreshnessCheck }) => `uploaded at most ${imageFreshnessCheck?.maxUploadAgeDays ?? "?"} days ago`,
    take: takeFreshness,
  },
  vulnerabilityCheck: {
    explain: ({ vulnerabilityCheck }) => (vulnerabilityCheck ? explainVulnerabilities(vulnerabilityCheck) : ""),
    take: ({ vulnerabilityCheck }, path, taken) => {
      if (vulnerabilityCheck) takeVulnerabilities(vulnerabilityCheck, path, taken);
    },
  },
  slsaCheck: {
    explain: () => "built by a trusted builder from trusted sources, as its provenance in Container Analysis tells",
    take: LEFT_OUT("provenance in Container Analysis is not read; for one in the registry write a rule of the kind provenance"),
  },
  sigstoreSignatureCheck: {
    explain: () => "signed with cosign by one of the keys",
    take: takeSigstore,
  },
  simpleSigningAttestationCheck: {
    explain: () => "attested by one of the keys, on whatever note",
    take: LEFT_OUT(
      "it names keys and no notes, and attestations are asked for by their note: write trust.attestors with note and keys, and a rule of the kind signature-required",
    ),
  },
} as const satisfies Readonly<Record<string, Kind>>;

type KindName = keyof typeof KINDS;

function kindsIn(check: Check): readonly KindName[] {
  return (Object.keys(KINDS) as KindName[]).filter((kind) => Boolean(check[kind]));
}

function explainCheck(check: Check): string {
  const words = kindsIn(check).map((kind) => KINDS[kind].explain(check));
  return words.length === 0 ? "of a kind that is not known" : words.join("; ");
}

function takeCheck(check: Check, path: At, taken: Taken): void {
  for (const kind of kindsIn(check)) KINDS[kind].take(check, [...path, kind], taken);
  takeAllowlist(check.imageAllowlist, path, taken);
  taken.leaveUnknown(path, check, ["displayName", "imageAllowlist", ...Object.keys(KINDS)]);
}

function takeDirectories({ trustedDirectoryCheck }: Check, path: At, taken: Taken): void {
  const patterns = trustedDirectoryCheck?.trustedDirPatterns ?? [];
  const places = patterns.map(placeOfDirectories);
  for (const [index, place] of places.entries())
    if (place === undefined)
      taken.leaveOut([...path, "trustedDirPatterns", index], `${patterns[index]} cannot be written as registry and repository`);
  const known = places.filter((place) => place !== undefined);
  if (known.length > 0) taken.rules.push({ id: taken.name("trusted-directories"), rule: "registry-allowed", level: "warn", places: known });
  if (trustedDirectoryCheck) taken.leaveUnknown(path, trustedDirectoryCheck, ["trustedDirPatterns"]);
}

const MOST_DAYS = 36_500;

function takeFreshness({ imageFreshnessCheck }: Check, path: At, taken: Taken): void {
  const days = imageFreshnessCheck?.maxUploadAgeDays;
  if (typeof days !== "number" || !Number.isInteger(days) || days < 1 || days > MOST_DAYS)
    return taken.leaveOut(path, "it names no number of days");
  // When it was uploaded is, for images that the gate saw come, when it was first seen here.
  taken.rules.push({ id: taken.name("image-age"), rule: "image-age", level: "warn", maxAge: `${days}d`, since: "firstSeen" });
  if (imageFreshnessCheck) taken.leaveUnknown(path, imageFreshnessCheck, ["maxUploadAgeDays"]);
}

function takeSigstore({ sigstoreSignatureCheck }: Check, path: At, taken: Taken): void {
  const signers: string[] = [];
  for (const [index, authority] of (sigstoreSignatureCheck?.sigstoreAuthorities ?? []).entries()) {
    const at = [...path, "sigstoreAuthorities", index];
    for (const [number, { publicKeyPem: pem }] of (authority.publicKeySet?.publicKeys ?? []).entries()) {
      const problem = pemProblem(pem);
      if (problem !== undefined) taken.leaveOut([...at, "publicKeySet", "publicKeys", number], problem.message);
      else signers.push(addKey(authority.displayName, pem, taken));
    }
    taken.leaveUnknown(at, authority, ["displayName", "publicKeySet"]);
  }
  if (signers.length > 0)
    taken.rules.push({ id: taken.name("signed"), rule: "signature-required", level: "warn", signers, formats: ["cosign"] });
  else taken.leaveOut(path, "it names no key that could be trusted");
  if (sigstoreSignatureCheck) taken.leaveUnknown(path, sigstoreSignatureCheck, ["sigstoreAuthorities"]);
}

function addKey(authority: string, pem: string, taken: Taken): string {
  const name = taken.name(authority === "" ? "sigstore-key" : authority);
  taken.keys.push({ name, pem });
  return name;
}
