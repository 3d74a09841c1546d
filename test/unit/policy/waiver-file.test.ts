import { describe, expect, test } from "vitest";
import type { Finding } from "../../../shared/domain/finding.ts";
import { parsePolicySet } from "../../../shared/policy/document.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";
import { draftWaiver } from "../../../shared/policy/waivers/draft.ts";
import { reviewWaivers } from "../../../shared/policy/waivers/review.ts";
import { printWaiver, printWaivers } from "../../../shared/policy/waivers/text.ts";
import { digest, finding, NOW, target } from "./given.ts";
import { BAD, FIXED, HEAD, imageOf, policyWith, RULES, written } from "./given-waiver.ts";

describe("a waiver file", () => {
  function problems(waivers: readonly string[], settings = ""): readonly string[] {
    try {
      policyWith(waivers, settings);
      return [];
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      return error.problems.map(({ place, message, mend }) => `${place}: ${message}; ${mend}`);
    }
  }

  test.each([
    ["has no end", written("").replace(", expiresAt: 2027-01-12", ""), /waivers\.yaml:4.*"expiresAt" is missing/],
    ["ends before it begins", written("createdAt: 2026-11-02, expiresAt: 2026-11-01"), /ends before it begins/],
    ["names a day that is none", written("createdAt: 2026-11-01, expiresAt: 2026-02-30"), /a day that the calendar has/],
    ["waives everything", written("scope: {}"), /would waive everything/],
    ["waives every package", written("scope: { package: { name: '*' } }"), /would waive everything/],
    ["names no severity", written("").replace("severity: high, ", ""), /"severity" is missing/],
    ["names vulnerabilities by a pattern", written("scope: { vulnerabilities: ['CVE-*'] }"), /patterns are not allowed/],
    ["names a rule that is not there", written("scope: { rules: [no-hihg] }"), /no rule of this policy; did you mean "no-high"/],
    ["is approved twice by the same", written("secondApprovedBy: security"), /both approvals are by the same/],
    ["has a word that nobody knows", written("until: never"), /unknown key "until"/],
  ])("that %s is refused, with place and mend", (_, waiver, message) => {
    expect(problems([waiver]).join("\n")).toMatch(message);
  });

  test("has each id once, and a ticket where the policy asks for one", () => {
    expect(problems([written(""), written("")]).join()).toMatch(/waivers\.yaml:5:11: there is another waiver "w" in waivers\.yaml:4/);
    expect(problems([written("")], "waivers: { requireTicket: true }\n").join()).toMatch(/"ticket" is missing/);
  });

  test("is written as it is read", () => {
    const { waivers } = policyWith([
      written(
        "scope: { vulnerabilities: [CVE-2026-1], package: { name: '@a/b: #c', version: '1.0' }, image: { repository: shop/*, tag: '1.*' } }, ticket: 'null', evenIfFixed: true",
      ),
      written("createdAt: 2026-11-01T08:30:00Z, expiresAt: 2026-12-01", "other"),
    ]);
    const again = parsePolicySet(
      { text: HEAD + RULES, file: "policy.yaml" },
      [{ text: printWaivers(waivers), file: "waivers.yaml" }],
      "v",
    ).waivers;
    expect(again.map((each) => ({ ...each, place: "" }))).toEqual(waivers.map((each) => ({ ...each, place: "" })));
  });

  test("of no waivers is one too", () => {
    expect(parsePolicySet({ text: HEAD + RULES, file: "p.yaml" }, [{ text: printWaivers([]), file: "w.yaml" }], "v").waivers).toEqual([]);
  });
});

test("the waiver that is drafted for a reason covers it, and nothing in another repository", () => {
  const none = policyWith([]);
  const [reason] = evaluate(none, target(), imageOf(BAD), NOW).reasons;
  if (reason === undefined) throw new Error("nothing to waive");
  const draft = printWaiver(draftWaiver(reason, target(), none.waiverSettings, NOW, { owner: "a", reason: "b", approvedBy: "c" }));
  const rules = policyWith([draft]);
  expect(evaluate(rules, target(), imageOf(BAD), NOW)).toMatchObject({ kind: "compliant", waived: [{ key: reason.key }] });
  expect(evaluate(rules, target(), imageOf(finding("CVE-2026-9", "high")), NOW).kind).toBe("violating");
  expect(evaluate(rules, target("web/api"), imageOf(BAD), NOW).kind).toBe("violating");
});

describe("a review of waivers", () => {
  const review = (waivers: readonly string[], findings: readonly Finding[] = [BAD]) => {
    const rules = policyWith(waivers);
    const { registry, repository } = target();
    const verdict = evaluate(rules, target(), imageOf(...findings), NOW);
    return reviewWaivers(rules, [{ image: { registry, repository, digest: digest("11") }, verdict }], NOW).map(
      ({ id, code }) => `${id}: ${code}`,
    );
  };

  test("has nothing to say of one that is used and far from its end", () => {
    expect(review([written("")])).toEqual([]);
  });

  test("tells which are ended, ending, unused, void, too long and too broad, in the order of their end", () => {
    expect(review([written("createdAt: 2026-10-01, expiresAt: 2026-11-01")])).toEqual(["w: expired"]);
    expect(review([written("createdAt: 2026-11-01, expiresAt: 2026-11-25")])).toEqual(["w: ending"]);
    expect(review([written("scope: { vulnerabilities: [CVE-2026-7] }")])).toEqual(["w: unused"]);
    expect(review([written("")], [FIXED])).toEqual(["w: void"]);
    expect(review([written("createdAt: 2026-11-01, expiresAt: 2027-11-01")])).toEqual(["w: too-long"]);
    expect(review([written("scope: { rules: [no-high] }"), written("scope: { package: { name: openssl } }", "x")])).toEqual([
      "w: over-broad",
      "x: unused",
      "x: over-broad",
    ]);
  });

  test("calls one too broad that covers very many findings", () => {
    const many = Array.from({ length: 21 }, (_, each) => finding(`CVE-2026-${each + 100}`, "high"));
    expect(review([written("scope: { package: { name: openssl, version: 3.0.11 } }")], many)).toEqual(["w: over-broad"]);
  });
});
