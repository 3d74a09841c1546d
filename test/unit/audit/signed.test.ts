import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { link } from "../../../shared/audit/chain.ts";
import { toOcsf } from "../../../shared/audit/ocsf.ts";
import { findingUid } from "../../../shared/audit/ocsf-finding.ts";
import { signatureFindingUid } from "../../../shared/audit/ocsf-signature.ts";
import { correlationOf, type Occasion, signature, signatureNews } from "../../../shared/audit/record.ts";
import { followSigned, type Seen } from "../../../shared/audit/signed.ts";
import type { SignatureCode, SignatureEvidence, SignatureFact } from "../../../shared/domain/evidence.ts";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import { LOSS_CAUSES, type LossCause, type Signed } from "../../../shared/domain/signed.ts";
import { at, digestOf, keyOf, NOW } from "../../fixtures/records.ts";

const PLACE = digestOf("signature");
const TAG = `sha256-${"ab".repeat(32)}.sig`;

function fact(code: SignatureCode, place: string = PLACE, identity = "release"): SignatureFact {
  return { format: "cosign", place, code, detail: "", ...(code === "ok" ? { identity } : {}) };
}

function examined(...signatures: readonly SignatureFact[]): SignatureEvidence {
  return { kind: "examined", signatures };
}

function seen(signatures: SignatureEvidence, more: Partial<Seen> & { readonly attached?: readonly (typeof PLACE)[] } = {}): Seen {
  const { attached = [], ...rest } = more;
  return { evidence: { signatures, attached }, isProvenGone: false, policy: "v1", at: NOW, ...rest };
}

function signed(place: string = PLACE): Signed {
  return { signatures: [{ format: "cosign", place, identity: "release" }], policy: "v1" };
}

describe("an image that had an accepted signature", () => {
  test.each<readonly [LossCause | "nothing", string, string, readonly SignatureFact[], Partial<Seen>]>([
    ["deleted", "nothing is left", PLACE, [], {}],
    ["deleted", "its content is gone", PLACE, [fact("malformed")], {}],
    ["deleted", "another one by a stranger is left", PLACE, [fact("signature-invalid", digestOf("another"))], {}],
    ["expired", "it ends", PLACE, [fact("expired")], {}],
    ["revoked", "its certificate is revoked", PLACE, [fact("revoked")], {}],
    ["distrusted", "the root of its signer is trusted no more", PLACE, [fact("untrusted-root")], { policy: "v2" }],
    ["distrusted", "its key is trusted no more", PLACE, [fact("signature-invalid")], { policy: "v2" }],
    ["distrusted", "its signer counts for nobody, as the policy says", PLACE, [{ ...fact("expired"), code: "ok" }], { policy: "v2" }],
    [
      "distrusted",
      "the policy has changed, and with it the signature under a tag",
      TAG,
      [fact("signature-invalid", TAG)],
      { policy: "v2" },
    ],
    ["replaced", "another content stands under its tag", TAG, [fact("digest-mismatch", TAG)], {}],
    ["deleted", "its tag is gone", TAG, [], {}],
    ["nothing", "whether it is revoked is not known", PLACE, [fact("revocation-unknown")], {}],
    ["nothing", "its key cannot be used any more by us", PLACE, [fact("unsupported")], {}],
    ["nothing", "there are more signatures than are read", PLACE, [fact("too-large", digestOf("the 1001st"))], {}],
    ["nothing", "another one is accepted in its place", PLACE, [fact("ok", digestOf("another"), "builder")], {}],
  ])("loses it, %s, where %s", (cause, _, place, facts, more) => {
    const after = followSigned(signed(place), seen(examined(...facts), more));
    expect(after?.loss?.cause ?? "nothing").toBe(cause);
  });

  test("has not lost it where it is attached still and was not looked at", () => {
    expect(followSigned(signed(), seen(examined(), { attached: [PLACE] }))).toEqual(signed());
  });

  test.each(["unavailable", "pending"] as const)("has not lost it where signatures are %s: unknown is not absence", (kind) => {
    expect(followSigned(signed(), seen({ kind, why: "the registry is away" }))).toEqual(signed());
  });

  test("has not lost it where a format could not be asked for, and keeps what is accepted beside it", () => {
    const partial = (...signatures: readonly SignatureFact[]) => ({ kind: "partial", signatures, why: "no answer" }) as const;
    expect(followSigned(signed(), seen(partial(fact("expired"))))).toEqual(signed());
    expect(followSigned(undefined, seen(partial(fact("ok"))))?.signatures).toHaveLength(1);
  });

  test("has lost it where the registry says that it does not have it, though it names it still", () => {
    const after = followSigned(signed(), seen({ kind: "unavailable", why: "is listed and does not exist" }, { isProvenGone: true }));
    expect(after?.loss?.cause).toBe("deleted");
  });

  test("of several causes the one that needs somebody first is told", () => {
    const two: Signed = { ...signed(), signatures: [...signed().signatures, { format: "notation", place: digestOf("b"), identity: "qa" }] };
    const facts = [fact("expired"), { ...fact("revoked", digestOf("b")), format: "notation" as const }];
    expect(followSigned(two, seen(examined(...facts)))?.loss?.cause).toBe("revoked");
  });

  test("names whom the registry named for a deletion, and nobody for what time or the policy did", () => {
    expect(followSigned(signed(), seen(examined(), { actor: "mallory" }))?.loss?.actor).toBe("mallory");
    expect(followSigned(signed(), seen(examined(fact("expired")), { actor: "mallory" }))?.loss).not.toHaveProperty("actor");
  });
});

test("an image that never had one loses none", () => {
  expect(followSigned(undefined, seen(examined()))).toBeUndefined();
  expect(followSigned(undefined, seen(examined(fact("expired"))))).toBeUndefined();
});

function occasion(version: number): Occasion {
  return { image: keyOf("a"), tags: [parseTag("1.0")], at: at(version), correlationId: correlationOf(keyOf("a"), version) };
}

test("through any history a loss is told once, then its end, in turns, and never in a look that left it open", () => {
  const look = fc.oneof(
    fc.constant<SignatureEvidence>({ kind: "unavailable", why: "" }),
    fc
      .array(
        fc.tuple(fc.constantFrom<SignatureCode>("ok", "expired", "revoked", "malformed", "revocation-unknown"), fc.constantFrom("a", "b")),
      )
      .map((facts) => examined(...facts.map(([code, place]) => fact(code, digestOf(place))))),
  );
  fc.assert(
    fc.property(fc.array(look, { maxLength: 30 }), (looks) => {
      let state: Signed | undefined;
      const told: string[] = [];
      for (const [number, evidence] of looks.entries()) {
        const next = followSigned(state, seen(evidence));
        const news = signatureNews(occasion(number + 1), state, next);
        expect(evidence.kind === "examined" || news.length === 0).toBe(true);
        told.push(...news.map((event) => event.state));
        state = next;
      }
      expect(told).toEqual(told.map((_, place) => (place % 2 === 0 ? "lost" : "restored")));
      const isAccepted = (evidence: SignatureEvidence): boolean =>
        evidence.kind === "examined" && evidence.signatures.some(({ code }) => code === "ok");
      expect(looks.some(isAccepted) || told.length === 0).toBe(true);
    }),
  );
});

describe("a lost signature is a Detection Finding", () => {
  const signatures = signed().signatures;
  function render(state: "lost" | "restored" | "ended", cause: LossCause, actor?: string): Readonly<Record<string, unknown>> {
    const loss = { at: NOW, cause, ...(actor === undefined ? {} : { actor }) };
    return toOcsf({ sequence: 1, ...link(undefined, signature(occasion(2), { state, signatures, loss })) }, { version: "1.2.3" });
  }

  // state, cause, activity, status, severity, alert
  test.each([
    ["lost", "deleted", 1, 1, 4, true],
    ["lost", "replaced", 1, 1, 4, true],
    ["lost", "revoked", 1, 1, 4, true],
    ["lost", "expired", 1, 1, 3, false],
    ["lost", "distrusted", 1, 1, 3, false],
    ["restored", "deleted", 3, 4, 1, false],
    ["ended", "deleted", 3, 4, 1, false],
  ] as const)("%s, %s", (state, cause, activity, status, severity, isAlert) => {
    expect(render(state, cause)).toMatchObject({
      class_uid: 2004,
      type_uid: 200_400 + activity,
      metadata: { event_code: `registry.signature.${state}`, profiles: ["security_control"] },
      status_id: status,
      severity_id: severity,
      is_alert: isAlert,
      finding_info: { uid: signatureFindingUid(keyOf("a")), created_time: NOW },
    });
  });

  test("that names whom the registry named", () => {
    expect(render("lost", "deleted", "mallory")).toMatchObject({
      evidences: [{ actor: { user: { name: "mallory" } }, data: { cause: "deleted" } }],
    });
    expect(JSON.stringify(render("lost", "deleted"))).not.toContain('"user"');
  });

  test("that has one id through all its events, of its own in each place, and apart from every policy's finding", () => {
    const uids = LOSS_CAUSES.flatMap((cause) =>
      (["lost", "restored", "ended"] as const).map((state) => render(state, cause)["finding_info"]),
    );
    expect(new Set(uids.map((info) => (info as { readonly uid: string }).uid)).size).toBe(1);
    const others = [keyOf("b"), keyOf("a", "shop/web"), keyOf("a", "shop/api", "other.example")].map(signatureFindingUid);
    expect(new Set([...others, signatureFindingUid(keyOf("a")), findingUid("signature", keyOf("a"))]).size).toBe(5);
  });

  test("whose events have ids that a repeated step gives again", () => {
    const loss = { at: NOW, cause: "deleted" } as const;
    const told = signature(occasion(2), { state: "lost", signatures, loss });
    expect(signature({ ...occasion(2), at: at(9) }, { state: "lost", signatures, loss }).id).toBe(told.id);
    expect(signature(occasion(3), { state: "lost", signatures, loss }).id).not.toBe(told.id);
    expect(signature(occasion(2), { state: "restored", signatures, loss }).id).not.toBe(told.id);
  });
});
