import * as z from "zod";
import type { SignatureEvidence } from "../../domain/evidence.ts";
import { parseDuration, printMinute } from "../../domain/time.ts";
import { date, duration, name } from "../field.ts";
import { defineRule, type Fact, type Judgement, type RuleContext } from "../rule.ts";
import { graceFor, judgement, withGrace } from "./fact.ts";
import { AGE_BY, type Counted, countSignature, type Wanted } from "./signature-count.ts";
import { isMet, type Need } from "./signature-need.ts";
import { missingFacts } from "./signature-words.ts";

export const SIGNATURE_FORMATS = ["cosign", "notation", "binauthz"] as const;

const shape = () => ({
  signers: z
    .array(z.string())
    .min(1, { error: "name at least one signer, or leave signers out to accept any trusted one" })
    .optional()
    .describe("Names of those who count, as trust names them; everybody whom the policy trusts where it is left out."),
  need: z
    .union([z.enum(["any", "all"]), z.int().min(1, { error: "ask for at least one" }).max(100)])
    .default("any")
    .describe("How many of them must have signed: any one, all, or that many different ones. Several signatures with one key count once."),
  roles: z
    .array(name("Name of a role."))
    .min(1, { error: "name at least one role, or leave roles out" })
    .max(10, { error: "name at most ten roles" })
    .optional()
    .describe("Somebody of each of these roles must have signed, for each role somebody else. Who has which role stands in trust."),
  formats: z
    .array(z.enum(SIGNATURE_FORMATS))
    .min(1, { error: "name at least one format, or leave formats out" })
    .default([...SIGNATURE_FORMATS])
    .describe("Formats that count; all where it is left out."),
  annotations: z
    .record(z.string().min(1).max(256), z.string().max(1024))
    .default({})
    .describe("Names and values that must have been signed along (cosign sign -a, notation sign --user-metadata)."),
  maxAge: duration()
    .optional()
    .describe(
      "Greatest age of a signature. One whose age nobody tells whose word counts is too old; cosign writes no time under a signature with a key.",
    ),
  ageBy: z
    .array(z.enum(AGE_BY))
    .min(1, { error: "say whose word counts, or leave ageBy out" })
    .default(["certificate", "signing-authority", "signer"])
    .describe(
      "Whose word on the age counts. certificate: the start of a keyless certificate. signing-authority: that of Notation. signer: the time that the signer wrote under the signature, which nobody else can change. log: when a log or timestamp authority had a signature with a key; whoever has such a signature can hand it in again, so only where nobody else may. All but log where it is left out.",
    ),
  from: date()
    .optional()
    .describe("Images that were first seen here before this day are not asked: 2026-12-15 (its start in UTC), or a whole time."),
  grace: duration()
    .default(parseDuration("30s"))
    .describe(
      "How long after an image was first seen its signature may still be on its way; until then the verdict is indeterminate. 30s where it is left out.",
    ),
  untaggedGrace: duration()
    .default(parseDuration("15m"))
    .describe(
      "The same for an image without a tag: it may be a platform of an index that is still being put together, and the index carries the signature. 15m where it is left out.",
    ),
});

type Params = z.output<z.ZodObject<ReturnType<typeof shape>>>;

/** Signed by those who count. An index is signed as a whole: its children need no signature of their own. */
export const signatureRequired = defineRule({
  kind: "signature-required",
  doc: "Signed by somebody who is trusted, with a key or a certificate; by several, where it asks for them.",
  scope: "whole",
  shape,
  judge: (params, context): Judgement => {
    const { signatures, subject } = context.evidence;
    if (params.from !== undefined && subject.firstSeenAt < params.from)
      return {
        facts: [],
        notAsked: `first seen ${printMinute(subject.firstSeenAt)}, and asked of images from ${printMinute(params.from)} on`,
      };
    if (!("signatures" in signatures)) return { facts: [unexamined(signatures)] };
    const wanted = wantedBy(params, context);
    const need = needOf(params, wanted);
    const found = signatures.signatures.map((fact, at) => countSignature(fact, at, wanted, context.now));
    const counting = found.filter((each) => each.kind === "counts");
    if (isMet(counting, need)) return judgement([], [lastsUntil(counting, need)]);
    if (signatures.kind === "partial") return { facts: [unexamined(signatures)] };
    const judged = unmet(found, need, params, context);
    const { why } = signatures;
    return why === undefined ? judged : { ...judged, facts: judged.facts.map((fact) => ({ ...fact, message: `${fact.message}; ${why}` })) };
  },
});

function wantedBy({ signers, formats, annotations, maxAge, ageBy }: Params, { trustedSigners }: RuleContext): Wanted {
  const accepted = signers === undefined ? trustedSigners : trustedSigners.filter(({ name: own }) => signers.includes(own));
  return { signers: accepted, formats, annotations, maxAge, ageBy };
}

function needOf({ need, roles = [] }: Params, { signers }: Wanted): Need {
  if (need === "any") return { signers, count: 1, roles };
  return { signers, count: need === "all" ? Math.max(1, signers.length) : need, roles };
}

type Counts = Extract<Counted, { readonly kind: "counts" }>;

/** The first of their ends after which those that are left are too few. They only get fewer, so it can be looked for by halves. */
function lastsUntil(counting: readonly Counts[], need: Need): Counts["until"] {
  const ends = [...new Set(counting.flatMap(({ until }) => until ?? []))].sort((a, b) => a - b);
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const end = ends[middle];
    const left = counting.filter(({ until }) => until === undefined || (end !== undefined && until > end));
    if (isMet(left, need)) low = middle + 1;
    else high = middle;
  }
  return ends[low];
}

function unmet(found: readonly Counted[], need: Need, params: Params, context: RuleContext): Judgement {
  const again = found.map(({ until }) => until);
  const facts = missingFacts(found, need);
  const graced = facts.map((fact) =>
    fact.status === "unknown" ? { facts: [fact] } : withGrace(fact, "a signature", graceFor(params, context), context),
  );
  return judgement(
    graced.flatMap((each) => each.facts),
    [...again, ...graced.map(({ recheckAt }) => recheckAt)],
  );
}

function unexamined(signatures: Exclude<SignatureEvidence, { readonly kind: "examined" }>): Fact {
  const words = signatures.kind === "pending" ? "signatures are being examined" : "could not ask for signatures";
  const remedy =
    signatures.kind === "pending" ? "wait for the examination to end" : "make the place of the signatures reachable; it is asked again";
  return { status: "unknown", about: ["signatures"], message: `${words}: ${signatures.why}`, remedy, severity: "unknown" };
}
