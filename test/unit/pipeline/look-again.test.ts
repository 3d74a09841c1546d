import { describe, expect, test } from "vitest";
import type { ImageEvidence, SignatureEvidence, SignatureFact } from "../../../shared/domain/evidence.ts";
import type { Instant } from "../../../shared/domain/time.ts";
import { lookAgainAt } from "../../../shared/pipeline/look-again.ts";
import { evidenceOf } from "../../fixtures/evidence.ts";
import { at, NOW, verdictOf } from "../../fixtures/records.ts";

const MINUTE = 60_000;

function withEnds(...ends: readonly (Instant | undefined)[]): Extract<SignatureEvidence, { kind: "examined" }> {
  const signatures = ends.map((goodUntil) => ({
    format: "notation" as const,
    place: "",
    code: "ok" as const,
    detail: "",
    ...(goodUntil === undefined ? {} : { goodUntil }),
  }));
  return { kind: "examined", signatures };
}

const OPEN: SignatureFact = { format: "notation", place: "", code: "revocation-unknown", detail: "" };

function again(signatures: SignatureEvidence, recheckAt?: Instant): number | undefined {
  const evidence: ImageEvidence = evidenceOf([], { signatures });
  const time = lookAgainAt(verdictOf("compliant", recheckAt === undefined ? {} : { recheckAt }), evidence, NOW);
  return time === undefined ? undefined : (time - NOW) / MINUTE;
}

describe("an image is judged again", () => {
  test.each<readonly [string, SignatureEvidence, Instant | undefined, number | undefined]>([
    ["never, where nothing of it ends", withEnds(undefined), undefined, undefined],
    ["when the first of its signatures may end", withEnds(at(9 * MINUTE), at(5 * MINUTE), undefined), undefined, 5],
    ["when the policy says another thing, if that is sooner", withEnds(at(9 * MINUTE)), at(3 * MINUTE), 3],
    ["no sooner than in a minute for an answer that holds for a moment", withEnds(at(1)), undefined, 1],
    ["in a minute where the end is now: it may still have been good", withEnds(NOW), undefined, 1],
    ["not for an end that has passed", withEnds(at(-1)), undefined, undefined],
    ["in half an hour where signatures could not be asked for", { kind: "unavailable", why: "" }, undefined, 30],
    ["in ten minutes where nobody says whether it is revoked", { kind: "examined", signatures: [OPEN] }, undefined, 10],
    [
      "when the first of those may end that could be asked for, where others could not",
      { ...withEnds(at(9 * MINUTE)), kind: "partial", why: "" },
      undefined,
      9,
    ],
    ["in half an hour where only some signatures could be asked for", { ...withEnds(undefined), kind: "partial", why: "" }, undefined, 30],
  ])("%s", (_, signatures, recheckAt, minutes) => {
    expect(again(signatures, recheckAt)).toBe(minutes);
  });
});

describe("an image whose scan runs is judged again", () => {
  const minutes = (evidence: ImageEvidence): number | undefined => {
    const time = lookAgainAt(verdictOf("compliant"), evidence, NOW);
    return time === undefined ? undefined : (time - NOW) / MINUTE;
  };
  const running = { kind: "pending", why: "" } as const;

  test("when the scan may have ended, where that is known, and else in half an hour", () => {
    expect(minutes(evidenceOf([], { findings: { ...running, until: at(5 * MINUTE) } }))).toBe(5);
    expect(minutes(evidenceOf([], { findings: running }))).toBe(30);
  });

  test("also where it is that of one of its platforms", () => {
    expect(minutes(evidenceOf([], { children: [evidenceOf([], { findings: running })] }))).toBe(30);
  });

  test("never, where it cannot be scanned or was never", () => {
    expect(minutes(evidenceOf([], { findings: { kind: "unsupported", why: "" } }))).toBeUndefined();
    expect(minutes(evidenceOf([], { findings: { kind: "absent" } }))).toBeUndefined();
  });
});
