import { isDigest, shortDigest } from "../../shared/domain/digest.ts";
import { printable } from "../../shared/policy/explain/escape.ts";
import { BAD, hung, INDENT, type Look, labelled, type Mark, marked, OK, OPEN } from "./marked-lines.ts";
import { type Colour, paint } from "./paint.ts";
import type { VerifyAnswer } from "./verify-answer.ts";
import type { DemandedRule } from "./verify-demand.ts";
import { type AskedView, type ImageSignatures, NOBODY_TRUSTED, type OtherView, type SignatureView } from "./verify-view.ts";

// More than a page is read by nobody; the rest is counted and stands in the JSON.
const MOST_SHOWN = 20;

const HEADLINES: Readonly<Record<VerifyAnswer["verdict"], readonly [word: string, colour: Colour]>> = {
  enough: ["VERIFIED", "green"],
  "not-enough": ["NOT ENOUGH", "red"],
  unknown: ["UNKNOWN", "yellow"],
  "nobody-trusted": ["NOT VERIFIED", "yellow"],
};

/** Everything that was found, for people: whether it is enough, each signature, the rules, and where it was looked. */
export function renderVerified(answer: VerifyAnswer, look: Look): string {
  const [word, colour] = HEADLINES[answer.verdict];
  return [
    `${INDENT}${paint(word, colour, look.colour)}   ${printable(answer.image)}`,
    ...hung(`${printPlace(answer.digest)} · ${answer.kind}`, INDENT.length, look),
    ...(answer.verdict === "nobody-trusted" ? hung(NOBODY_TRUSTED, INDENT.length, look) : []),
    "",
    ...imageLines(answer, look),
    ...(answer.rules.length === 0 ? [] : ["", ...answer.rules.flatMap((rule) => ruleLines(rule, look))]),
    "",
    ...labelled("Asked", askedWords(answer), look),
    ...labelled("Policy", policyWords(answer), look),
    ...nextLines(answer),
  ].join("\n");
}

function imageLines(image: ImageSignatures, look: Look): readonly string[] {
  const { signatures, hidden, others, unavailable, children, missingChildren } = image;
  const nothing = signatures.length + hidden === 0 && unavailable === undefined;
  return [
    ...signatures.slice(0, MOST_SHOWN).flatMap((each) => signatureLines(each, look)),
    ...(signatures.length > MOST_SHOWN ? [`${INDENT}  ... and ${signatures.length - MOST_SHOWN} more; --json prints all`] : []),
    ...(hidden > 0 ? [`${INDENT}- ${hidden} of other types, not shown`] : []),
    ...(nothing ? [`${INDENT}- nothing is signed or attested`] : []),
    ...othersLines(others, look),
    ...(unavailable === undefined ? [] : marked(OPEN, "could not ask", [unavailable], look)),
    ...children.flatMap((child) => ["", ...hung(titleOf(child), INDENT.length, look), ...imageLines(child, look)]),
    ...missingChildren.flatMap((digest) => ["", ...marked(OPEN, "missing", [`the index names ${digest}, which is not there`], look)]),
  ];
}

function titleOf({ platform, digest, kind }: ImageSignatures): string {
  return `${platform ?? kind} · ${printPlace(digest)}`;
}

/** One signature or attestation: outcome, what it says, who made or claims to have made it, and where it lies. */
export function signatureLines(signature: SignatureView, look: Look): readonly string[] {
  const { outcome, says, predicateType, detail } = signature;
  const what =
    says === "attestation" ? `attestation ${predicateType ?? ""}` : says === "unknown" ? "neither signature nor attestation" : says;
  const rest = outcome === "ok" || detail === NOBODY_TRUSTED ? [] : [detail];
  return marked(markOf(outcome), outcome, [what, ...whoLines(signature), ...rest, whereLine(signature)], look);
}

function markOf(outcome: SignatureView["outcome"]): Mark {
  if (outcome === "ok") return OK;
  if (outcome === "ignored") return ["~", "yellow"];
  return outcome === "not-verified" || outcome === "unsigned" || outcome === "revocation-unknown" ? OPEN : BAD;
}

function whoLines({ identity, alsoAs = [], signer, outcome, claimed, detail }: SignatureView): readonly string[] {
  if (outcome === "ok")
    return [
      identity === undefined ? "accepted without a signer, as the trust policy says" : `by ${[identity, ...alsoAs].join(" and as ")}`,
      ...(signer === undefined ? [] : [`${signer.subject}, says ${signer.issuer}`]),
    ];
  // An outcome that names them says more than they do.
  if (claimed?.by === "certificate")
    return detail.includes(claimed.subject ?? "") ? [] : [`claimed: by ${claimed.subject}, says ${claimed.issuer}`];
  return claimed?.by === "key" ? ["claimed: by a key"] : [];
}

const VOUCHERS: Readonly<Record<NonNullable<SignatureView["signedAt"]>["by"], string>> = {
  log: "a transparency log",
  "timestamp-authority": "a timestamp authority",
  "signing-authority": "the signing authority",
  signer: "the signer alone",
};

function whereLine({ format, form, place, signedAt, goodUntil, claimed }: SignatureView): string {
  return [
    `${[format, form].filter((word) => word !== undefined).join(" ")} at ${printPlace(place)}`.trimStart(),
    signedAt === undefined ? "" : `signed ${minute(signedAt.at)}, says ${VOUCHERS[signedAt.by]}`,
    signedAt === undefined && claimed?.at !== undefined ? `claimed: signed ${minute(claimed.at)}` : "",
    goodUntil === undefined ? "" : `good until ${minute(goodUntil)}`,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

/** cosign's tags are named after the image, which stands above; occurrences have a name of their own. */
function printPlace(place: string): string {
  if (isDigest(place)) return shortDigest(place);
  if (place.startsWith("projects/")) return place;
  const [, suffix] = /^sha(?:256|512)-[0-9a-f]+(\.(?:sig|att|sbom))$/.exec(place) ?? [];
  return `the tag ${suffix ?? place}`;
}

function minute(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)}Z`;
}

function othersLines(others: readonly OtherView[], look: Look): readonly string[] {
  const shown = others.slice(0, MOST_SHOWN).map(({ place, artifactType }) => `${artifactType ?? "of no type"} at ${printPlace(place)}`);
  const more = others.length > MOST_SHOWN ? [`... and ${others.length - MOST_SHOWN} more`] : [];
  return shown.length === 0 ? [] : marked(["-", "faint"], "no signature", [...shown, ...more], look);
}

const STATES: Readonly<Record<DemandedRule["state"], readonly [mark: Mark, word: string]>> = {
  met: [OK, "met"],
  waived: [["~", "yellow"], "waived"],
  "not-met": [BAD, "not met"],
  unknown: [OPEN, "not known"],
};

function ruleLines({ id, rule, place, state, why, remedy }: DemandedRule, look: Look): readonly string[] {
  const [mark, word] = STATES[state];
  const from = place ?? `${rule}; asked here, as no rule of a policy is for the image`;
  const reasons = why.length === 0 ? [`${word} [${from}]`] : why.map((each) => `${word}: ${each} [${from}]`);
  return marked(mark, id, [...reasons, ...(remedy === undefined || state === "waived" ? [] : [`help: ${remedy}`])], look);
}

const PLACES: Readonly<Record<AskedView["place"], string>> = {
  "referrers-api": "referrers API",
  folder: "manifests of the folder",
  tag: "tag",
  "attestation-files": "files of attestations",
};

const ANSWERS: ReadonlyMap<AskedView["found"], string> = new Map<AskedView["found"], string>([
  ["unsupported", "not offered"],
  ["unavailable", "could not be asked"],
  [0, "nothing"],
]);

/** The tags are all named after the digest: said once. */
function askedWords({ asked, digest }: VerifyAnswer): string {
  const name = digest.replace(":", "-");
  return asked
    .map(({ place, tag, found }) => {
      const short = tag === name ? `tag ${name.slice(0, name.indexOf("-") + 13)}...` : tag?.replace(name, "");
      return `${short ?? PLACES[place]}: ${ANSWERS.get(found) ?? String(found)}`;
    })
    .join(" · ");
}

function policyWords({ policy, trusted }: VerifyAnswer): string {
  if (policy !== undefined) return `${policy.name}@${policy.version.slice(0, 6)}, ${policy.file}`;
  return trusted.length === 0 ? "none" : "none; the keys of the command line are trusted";
}

/** Commands are never broken, so that they can be copied. */
function nextLines({ verdict, image }: VerifyAnswer): readonly string[] {
  return verdict === "nobody-trusted" ? [`${INDENT}${"Next".padEnd(9)}moorgate trust init ${printable(image)}`] : [];
}
