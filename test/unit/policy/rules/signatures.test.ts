import { describe, expect, test } from "vitest";
import type { SignatureFact } from "../../../../shared/domain/evidence.ts";
import { add, instant, parseDuration } from "../../../../shared/domain/time.ts";
import type { Verdict } from "../../../../shared/domain/verdict.ts";
import { type Policy, parsePolicy } from "../../../../shared/policy/document.ts";
import { evaluate } from "../../../../shared/policy/evaluate.ts";
import { notesOf } from "../../../../shared/policy/explain/notes.ts";
import { at, digest, image, NOW, report, reported, signed, target } from "../given.ts";
import { outcome } from "./given.ts";

/** Two keys, an identity and Notation's signers, three of them with roles. */
const TRUST = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
trust:
  keys:
    - { name: builder-key, file: a.pub, roles: [builder] }
    - { name: release-key, file: b.pub, roles: [release] }
  identities: [{ name: ci, issuer: "https://ci.example", subject: "https://code.example/*", roles: [builder, release] }]
  sigstore: [{ name: own, root: trusted_root.json }]
  notation: { name: notaries, policy: trustpolicy.json, store: truststore }
`;

function policyOf(rule: string, ignored = ""): Policy {
  const more = ignored === "" ? "" : `  ignored: [${ignored}]\n`;
  return parsePolicy(`${TRUST}${more}rules:\n  - { id: a, rule: signature-required${rule} }\n`, "policy.yaml", "v");
}

const ago = (length: string) => instant(NOW - parseDuration(length));
const by = (identity: string, more: Partial<SignatureFact> = {}): SignatureFact => {
  const format = identity === "notaries" ? "notation" : "cosign";
  return { format, place: `sha256:${identity}`, code: "ok", identity, key: digest(KEYS[identity] ?? "ff"), detail: "", ...more };
};
const KEYS: Readonly<Record<string, string>> = { "builder-key": "01", "release-key": "02", notaries: "03", ci: "04" };
const bad = (code: SignatureFact["code"], format: SignatureFact["format"] = "cosign"): SignatureFact => ({
  format,
  place: "sha256:bad",
  code,
  detail: "",
});

function verdict(rule: string, signatures: readonly SignatureFact[], ignored = ""): Verdict {
  return evaluate(policyOf(rule, ignored), target(), image(reported(report()), signed(...signatures)), NOW);
}

const told = (rule: string, ...signatures: readonly SignatureFact[]) => outcome(verdict(rule, signatures));

describe("where one format could not be asked for", () => {
  const partial = (rule: string, signatures: readonly SignatureFact[], ignored = ""): readonly string[] => {
    const evidence = { ...image(reported(report())), signatures: { kind: "partial" as const, signatures, why: "no answer" } };
    return outcome(evaluate(policyOf(rule, ignored), target(), evidence, NOW));
  };

  test("what is enough without it is enough, and what is not is unknown, never unsigned", () => {
    expect(partial("", [by("ci")])).toEqual([]);
    expect(partial(", need: 2", [by("ci")])).toEqual(["unknown a|signatures"]);
    expect(partial("", [bad("signature-invalid")])).toEqual(["unknown a|signatures"]);
  });

  test("what the policy ignores does not count there either", () => {
    expect(partial("", [by("ci")], "{ signer: ci, reason: leaked }")).toEqual(["unknown a|signatures"]);
  });
});

test("an image that its registry was to sign by itself is unsigned where it did not, and the reason says why", () => {
  const evidence = {
    ...image(reported(report())),
    signatures: { kind: "examined" as const, signatures: [], why: "the pusher may not sign" },
  };
  const judged = evaluate(policyOf(", grace: 0s"), target(), evidence, NOW);
  expect(outcome(judged)).toEqual(told(", grace: 0s"));
  expect(judged.reasons.map(({ message }) => message)).toEqual([expect.stringContaining("the pusher may not sign")]);
});

describe("how many must have signed", () => {
  test("is one of those who count, all of them, or a number of different ones", () => {
    const two = [by("builder-key"), by("ci")];
    expect(told("", by("ci"))).toEqual([]);
    expect(told(", need: 2", by("ci"))).toEqual(["violated a|too-few"]);
    expect(told(", need: 2", ...two)).toEqual([]);
    expect(told(", need: 3", ...two)).toEqual(["violated a|too-few"]);
    expect(told(", need: all", ...two, by("notaries"))).toEqual(["violated a|too-few"]);
    expect(told(", need: all", ...two, by("notaries"), by("release-key"))).toEqual([]);
    expect(told(", need: all, signers: [builder-key, ci]", ...two)).toEqual([]);
  });

  test("counts several signatures of one signer once", () => {
    expect(told(", need: 2", by("ci"), by("ci", { place: "sha256:other" }))).toEqual(["violated a|too-few"]);
  });

  test("counts signatures with one key once, whatever the signers are called", () => {
    expect(told(", need: 2", by("builder-key"), by("release-key", { key: digest("01") }))).toEqual(["violated a|too-few"]);
    const keyless = (identity: string): SignatureFact => {
      const { key: _, ...fact } = by(identity);
      return { ...fact, signer: { issuer: "https://ci.example", subject: "https://code.example/shop" } };
    };
    expect(told(", need: 2", keyless("ci"), keyless("release-key"))).toEqual(["violated a|too-few"]);
  });

  test("lets a signature with two names stand for either, and for one alone", () => {
    const either = by("builder-key", { alsoAs: ["release-key"] });
    expect(told(", signers: [release-key]", either)).toEqual([]);
    expect(told(", need: 2", either)).toEqual(["violated a|too-few"]);
    expect(told(", need: 2", either, by("builder-key", { key: digest("09") }))).toEqual([]);
  });

  test("is not known as long as those that cannot be told would be enough, each name once", () => {
    const open = bad("revocation-unknown", "notation");
    expect(told(", need: 2", by("ci"), open)).toEqual(["unknown a|too-few"]);
    expect(told(", need: 3", by("ci"), open, open)).toEqual(["violated a|too-few"]);
    expect(told(", signers: [ci]", open)).toEqual(["violated a|not-accepted"]);
    expect(told("", open)).toEqual(["unknown a|not-accepted"]);
  });

  test("never counts a bad signature", () => {
    expect(told(", need: 2", by("ci"), bad("signature-invalid"), bad("expired"))).toEqual(["violated a|too-few"]);
  });
});

describe("roles", () => {
  const roles = ", roles: [builder, release]";

  test("each want a signer of their own", () => {
    expect(told(roles, by("builder-key"), by("release-key"))).toEqual([]);
    expect(told(roles, by("builder-key"), by("ci"))).toEqual([]);
    expect(told(roles, by("ci"))).toEqual(["violated a|roles"]);
    expect(told(roles, by("ci"), by("ci", { place: "x", key: digest("08") }))).toEqual(["violated a|roles"]);
    expect(told(roles, by("builder-key"), by("notaries"))).toEqual(["violated a|roles"]);
  });

  test("are not filled by two names with one key", () => {
    expect(told(roles, by("builder-key"), by("release-key", { key: digest("01") }))).toEqual(["violated a|roles"]);
  });

  test("are told with those who could fill them", () => {
    const [reason] = verdict(roles, [by("builder-key")]).reasons;
    expect(reason?.message).toBe("nobody signed it as release: found builder-key");
    expect(reason?.remedy).toBe("have it signed as release: release-key or ci");
  });

  test("stand beside the number", () => {
    expect(told(`${roles}, need: 3`, by("builder-key"), by("release-key"))).toEqual(["violated a|too-few"]);
    expect(told(`${roles}, need: 2`, by("builder-key"), by("notaries"))).toEqual(["violated a|roles"]);
  });
});

describe("formats and annotations", () => {
  test("leave out what they do not name", () => {
    expect(told(", formats: [notation]", by("ci"))).toEqual(["violated a|not-accepted"]);
    expect(told(", formats: [notation]", by("notaries"))).toEqual([]);
    const rule = ", annotations: { stage: production }";
    expect(told(rule, by("ci"))).toEqual(["violated a|not-accepted"]);
    expect(told(rule, by("ci", { annotations: { stage: "test" } }))).toEqual(["violated a|not-accepted"]);
    expect(told(rule, by("ci", { annotations: { stage: "production", more: "x" } }))).toEqual([]);
    expect(told(", annotations: { constructor: x }", by("ci", { annotations: {} }))).toEqual(["violated a|not-accepted"]);
  });
});

describe("freshness", () => {
  const rule = ", maxAge: 30d";
  const since = (length: string, word: "certificate" | "signing-authority" | "signer") => ({ madeAfter: { at: ago(length), by: word } });
  const logged = (length: string) => ({ signedAt: { at: ago(length), by: "log" } as const });

  test("T40: an old signature is too old, however good it is and whatever the image is tagged with now", () => {
    for (const word of ["certificate", "signing-authority", "signer"] as const) {
      expect(told(rule, by("ci", since("29d", word)))).toEqual([]);
      expect(told(rule, by("ci", since("31d", word)))).toEqual(["violated a|not-fresh"]);
    }
  });

  test("does not go by a log or timestamp authority, which had it when somebody handed it in, unless told to", () => {
    expect(told(rule, by("release-key", logged("1d")))).toEqual(["violated a|not-fresh"]);
    expect(told(`${rule}, ageBy: [log]`, by("release-key", logged("1d")))).toEqual([]);
    expect(told(`${rule}, ageBy: [log, signer]`, by("release-key", { ...logged("1d"), ...since("40d", "signer") }))).toEqual([
      "violated a|not-fresh",
    ]);
  });

  test("goes by nobody whose word the rule leaves out", () => {
    expect(told(`${rule}, ageBy: [certificate]`, by("notaries", since("1d", "signer")))).toEqual(["violated a|not-fresh"]);
  });

  test("is not there where nobody tells the age, or the signature comes from the future", () => {
    const [reason] = verdict(rule, [by("release-key")]).reasons;
    expect(reason?.message).toContain("release-key (nobody whose word counts tells its age)");
    const future = { madeAfter: { at: add(NOW, parseDuration("1d")), by: "signer" } as const };
    expect(told(rule, by("notaries", future))).toEqual(["violated a|not-fresh"]);
  });

  test("is judged again when the last signature that is enough grows too old", () => {
    const both = [by("ci", since("29d", "certificate")), by("notaries", since("1d", "signer"))];
    expect(verdict(rule, both).recheckAt).toBe(add(ago("1d"), (parseDuration("30d") + 1) as never));
    expect(verdict(`${rule}, need: 2`, both).recheckAt).toBe(add(ago("29d"), (parseDuration("30d") + 1) as never));
    expect(verdict("", both).recheckAt).toBeUndefined();
  });
});

describe("the end of a signature", () => {
  const until = (length: string) => ({ goodUntil: add(NOW, parseDuration(length)) });

  test("has it judged again", () => {
    expect(verdict("", [by("ci", until("1d"))]).recheckAt).toBe(add(NOW, parseDuration("1d")));
    expect(verdict("", [by("ci", until("1d")), by("release-key")]).recheckAt).toBeUndefined();
    expect(verdict(", need: 2", [by("ci", until("1d")), by("release-key"), by("notaries", until("3d"))]).recheckAt).toBe(
      add(NOW, parseDuration("3d")),
    );
    expect(verdict("", [{ ...bad("revocation-unknown"), ...until("1h") }]).recheckAt).toBe(add(NOW, parseDuration("1h")));
  });

  test("leaves open what it comes to where it was not judged again", () => {
    expect(told("", by("ci", { goodUntil: ago("1d") }))).toEqual(["unknown a|not-accepted"]);
  });
});

test("images that were first seen before the day from which the rule asks are not asked, and that is told", () => {
  const old = image(reported(report()), signed(), { firstSeenAt: at("2026-10-01T00:00:00Z") });
  const policy = policyOf(", from: 2026-11-01");
  const judged = evaluate(policy, target(), old, NOW);
  expect([judged.kind, judged.notAsked]).toEqual([
    "compliant",
    [{ ruleId: "a", place: "policy.yaml:13", why: "first seen 2026-10-01 00:00Z, and asked of images from 2026-11-01 00:00Z on" }],
  ]);
  expect(notesOf(judged, {}, NOW)).toMatchObject([{ word: "not asked", place: "policy.yaml:13" }]);
  const young = image(reported(report()), signed(), { firstSeenAt: at("2026-11-01T00:00:00Z") });
  expect(evaluate(policy, target(), young, NOW).kind).toBe("violating");
});

describe("ignored signatures", () => {
  const leaked = '{ signer: release-key, from: 2026-11-01, reason: "leaked" }';
  const proven = (time: string, word: "log" | "timestamp-authority" | "signing-authority" | "signer") =>
    by("release-key", { signedAt: { at: at(time), by: word } });

  test("of a key that leaked are those after the day, by the word of somebody else than its holder", () => {
    const kinds = (time: string) =>
      (["log", "timestamp-authority", "signing-authority", "signer"] as const).map(
        (word) => verdict("", [proven(time, word)], leaked).kind,
      );
    expect(kinds("2026-10-31T23:59:59Z")).toEqual(["compliant", "compliant", "compliant", "violating"]);
    expect(kinds("2026-11-01T00:00:00Z")).toEqual(["violating", "violating", "violating", "violating"]);
    expect(verdict("", [by("release-key")], leaked).kind).toBe("violating");
  });

  test("count again after the end by the start of a certificate, which nobody can move, never by a log", () => {
    const window = '{ signer: ci, from: 2026-11-01, until: 2026-11-10, reason: "runner broken into" }';
    const made = (time: string) => by("ci", { madeAfter: { at: at(time), by: "certificate" } });
    expect(verdict("", [made("2026-11-09T00:00:00Z")], window).kind).toBe("violating");
    expect(verdict("", [made("2026-11-10T00:00:00Z")], window).kind).toBe("compliant");
    const logged = by("ci", { signedAt: { at: at("2026-11-12T00:00:00Z"), by: "log" } });
    expect(verdict("", [logged], window).kind).toBe("violating");
  });

  test("are told with their reason, and hide no other", () => {
    const one = '{ signature: "sha256:release-key", reason: "signed by mistake" }';
    expect(verdict("", [by("release-key")], one).reasons[0]?.message).toContain("found ignored (signed by mistake: ");
    expect(verdict("", [by("release-key"), by("release-key", { place: "sha256:other" })], one).kind).toBe("compliant");
    expect(verdict("", [by("release-key"), by("ci")], leaked).kind).toBe("compliant");
  });

  test("of another name of the same key are ignored too", () => {
    expect(verdict("", [by("builder-key", { alsoAs: ["release-key"] })], leaked).kind).toBe("violating");
  });
});
