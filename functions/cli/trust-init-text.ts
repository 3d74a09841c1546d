import { printable } from "../../shared/policy/explain/escape.ts";
import type { Signer, Verified } from "./trust-init-draft.ts";
import type { SignatureView } from "./verify-view.ts";

export interface DraftPolicy {
  readonly image: string;
  readonly digest: string;
  /** `2026-11-21` */
  readonly day: string;
  readonly verified: readonly Verified[];
  /** Paths as they are to stand in the file. */
  readonly trustedRoot: string | undefined;
  /** What was found and is not trusted. */
  readonly unverified: readonly SignatureView[];
  /** Fingerprints and the like, by the signer's name. */
  readonly notes: ReadonlyMap<string, string>;
}

/** A policy that trusts those who were verified, and demands what they vouched for. What was not verified stands in comments, as a claim. */
export function policyText({ image, digest, day, verified, trustedRoot, unverified, notes }: DraftPolicy): string {
  return [
    comment(`Verified on ${day}: by whom ${image} is signed${image.endsWith(digest) ? "" : ` (${digest})`}.`),
    "# Who signed is not who should: read it before it is used.",
    "apiVersion: moorgate.dev/v1",
    "kind: Policy",
    "metadata: { name: signed }",
    "mode: dry-run # judged and told, nothing changed; then: enforce",
    "",
    "trust:",
    ...group("keys", verified, "key", (each) => keyLines(each, notes)),
    ...group("identities", verified, "identity", identityLines),
    ...(trustedRoot !== undefined && verified.some(({ signer }) => signer.kind === "identity")
      ? ["  sigstore:", "    - name: sigstore", `      root: ${quoted(trustedRoot)}`]
      : []),
    ...verified.flatMap(notationLines),
    ...(unverified.length === 0 ? [] : ["", "# Found and not trusted:", ...unverified.flatMap(unverifiedLines)]),
    "",
    "rules:",
    ...signatureRule(verified.filter(({ isSigner }) => isSigner).map(({ signer }) => signer.name)),
    ...attestationRules(verified),
    "",
  ].join("\n");
}

type Lines = readonly string[];

function group<Kind extends Signer["kind"]>(
  title: string,
  verified: readonly Verified[],
  kind: Kind,
  lines: (each: Verified & { readonly signer: Extract<Signer, { readonly kind: Kind }> }) => Lines,
): Lines {
  const own = verified.flatMap((each) => (isOf(each, kind) ? lines(each) : []));
  return own.length === 0 ? [] : [`  ${title}:`, ...own];
}

function isOf<Kind extends Signer["kind"]>(
  each: Verified,
  kind: Kind,
): each is Verified & { readonly signer: Extract<Signer, { readonly kind: Kind }> } {
  return each.signer.kind === kind;
}

function keyLines(each: Verified & { readonly signer: Extract<Signer, { readonly kind: "key" }> }, notes: DraftPolicy["notes"]): Lines {
  const { name, file } = each.signer;
  const note = notes.get(name);
  return [
    `    ${comment([...(note === undefined ? [] : [note]), did(each)].join("; "))}`,
    `    - name: ${quoted(name)}`,
    `      file: ${quoted(file)}`,
  ];
}

function identityLines(each: Verified & { readonly signer: Extract<Signer, { readonly kind: "identity" }> }): Lines {
  const { name, issuer, subject } = each.signer;
  return [
    `    ${comment(did(each))}`,
    "    # Whoever has an account gets a certificate and can sign any image: keep this only if it is who should.",
    `    - name: ${quoted(name)}`,
    "      # Both are compared to the last character; a branch or tag at the end is part of the text. * would stand for any characters.",
    `      issuer: ${quoted(issuer)}`,
    `      subject: ${quoted(subject)}`,
  ];
}

function notationLines(each: Verified): Lines {
  if (each.signer.kind !== "notation") return [];
  const { name, policy, store } = each.signer;
  return [
    "  notation:",
    `    ${comment(did(each))}`,
    `    name: ${quoted(name)}`,
    `    policy: ${quoted(policy)}`,
    `    store: ${quoted(store)}`,
  ];
}

function did({ isSigner, attested }: Verified): string {
  return [...(isSigner ? ["signed the image"] : []), ...attested.map((type) => `attested ${type}`)].join(", ");
}

function unverifiedLines({ outcome, says, predicateType, place, claimed, detail }: SignatureView): Lines {
  const who = claimed?.by === "certificate" ? `claims to be by ${claimed.subject} (${claimed.issuer})` : "claims to be by a key";
  const what = says === "attestation" ? `attestation ${predicateType ?? ""}` : says;
  return [comment(`  ${outcome}: ${what} at ${place}${claimed?.by === undefined ? "" : `, ${who}`}; ${detail}`)];
}

function signatureRule(names: readonly string[]): Lines {
  if (names.length === 0) return [];
  return [
    "  - id: signed",
    "    rule: signature-required",
    `    signers: [${names.map(quoted).join(", ")}]`,
    "    # A signature is pushed after its image; until then the verdict stays open.",
    "    grace: 2m",
    "    # Without this field the rule is for every repository.",
    '    # select: { repository: "shop/**" }',
  ];
}

function attestationRules(verified: readonly Verified[]): Lines {
  const types = [...new Set(verified.flatMap(({ attested }) => attested))].sort();
  return types.flatMap((type, index) => [
    `  - id: attested-${index + 1}`,
    "    rule: attestation-required",
    `    predicateType: ${quoted(type)}`,
    `    signers: [${verified.flatMap(({ signer, attested }) => (attested.includes(type) ? [quoted(signer.name)] : [])).join(", ")}]`,
    "    grace: 2m",
  ]);
}

/** One line, whatever the text holds. */
function comment(text: string): string {
  return `# ${printable(text)}`;
}

/** YAML 1.2, 7.3.1: a double-quoted text. Whatever is not plain ASCII is written by its code point, so it can be seen for what it is. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]|[^ -~]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === "\\") return `\\${character}`;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  })}"`;
}
