import { describe, expect, test } from "vitest";
import { type Action, actionId } from "../../../shared/domain/action.ts";
import type { ImageEvidence } from "../../../shared/domain/evidence.ts";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import { printImageKey } from "../../../shared/domain/image-ref.ts";
import type { Policy } from "../../../shared/policy/document.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { explain } from "../../../shared/policy/explain/explain.ts";
import { listRow } from "../../../shared/policy/explain/list-row.ts";
import { renderMarkdown } from "../../../shared/policy/explain/render-markdown.ts";
import { renderText } from "../../../shared/policy/explain/render-text.ts";
import { actionOf } from "../../fixtures/records.ts";
import { at, digest, finding, image, index, NOW, policy, report, reported, signed, target } from "./given.ts";
import { policyWith, written } from "./given-waiver.ts";

const RULES = policy("id: no-high, rule: severity-threshold, atLeast: high", "id: signed, rule: signature-required");
const DRY_RUN: Policy = { ...RULES, mode: "dry-run" };
const BAD = image(reported(report([finding("CVE-2026-1", "high", "openssl", { fixed: ["3.0.14"] })])));
const BAD_UNFIXED = image(reported(report([finding("CVE-2026-1", "high")])), signed());
const CONTEXT = { policyFile: "policy.yaml", now: NOW };
const HELD = { kind: "held", since: at("2026-11-21T10:42:00Z"), actionId: "hold:x:1", strength: "hidden" } as const;

function record(evidence: ImageEvidence, more: Partial<ImageRecord> = {}, rules: Policy = RULES): ImageRecord {
  const { registry, repository, tags } = target();
  return {
    key: { registry, repository, digest: evidence.subject.digest },
    version: 1,
    kind: evidence.subject.kind,
    tags,
    children: [],
    platforms: ["linux/amd64"],
    firstSeenAt: at("2026-11-21T11:48:00Z"),
    origin: "event",
    presence: "present",
    verdict: evaluate(rules, target(), evidence, NOW),
    evidence: {
      findings: { kind: "reported", scannedAt: at("2026-11-21T11:56:00Z"), counts: { high: 1 } },
      signatures: { kind: "examined", verified: [], found: 0 },
    },
    hold: { kind: "free" },
    generation: 0,
    ...more,
  };
}

function effect(more: Partial<ImageRecord>, rules: Policy = RULES, evidence: ImageEvidence = BAD): string {
  return explain(record(evidence, more, rules), CONTEXT).effect;
}

describe("an explanation", () => {
  test("tells verdict, reasons with place and remedy, facts with their age, and the next commands", () => {
    const told = explain(record(BAD), CONTEXT);
    expect(told).toMatchObject({
      verdict: "violating",
      symbol: "x",
      image: "registry.example/shop/api:1.0",
      policy: "test@012345, enforce",
    });
    expect(told.reasons).toMatchObject([
      { symbol: "x", word: "violated", ruleId: "no-high", place: "policy.yaml:10" },
      { symbol: "x", word: "violated", ruleId: "signed", place: "policy.yaml:11" },
    ]);
    expect(told.fixes).toHaveLength(2);
    expect(told.facts[0]).toContain("4 min ago");
    expect(told.next[0]).toMatch(/^moorgate hold registry\.example\/shop\/api:1\.0 /);
  });

  test("writes a missing fact out, and gives it another symbol than a violation", () => {
    const told = explain(record(image({ kind: "absent" }, signed(), { firstSeenAt: NOW })), CONTEXT);
    expect(told.symbol).toBe("?");
    expect(told.reasons.map((reason) => reason.symbol)).toEqual(["?", "?"]);
    expect(told.reasons[0]?.message).toBe("never scanned");
  });

  test("says of an image without a rule that nothing was asked of it", () => {
    const none = policy("id: a, rule: scan-freshness, maxAge: 1d, select: { repository: web/* }");
    expect(explain(record(BAD, {}, none), CONTEXT).headline).toBe("no rule of the policy applies");
  });

  test("names children by the words that it was given, else by their digest", () => {
    const many = index([BAD, { ...BAD, subject: { ...BAD.subject, digest: digest("22") } }]);
    const told = explain(record(many), { ...CONTEXT, names: { [digest("11")]: "linux/arm64" } });
    expect(told.reasons.map((reason) => reason.child)).toEqual(["linux/arm64", "222222222222", undefined]);
  });

  test("puts no foreign word into a command", () => {
    const pending = record(BAD, { pushedBy: "x; rm -rf /", hold: HELD });
    for (const command of explain(pending, CONTEXT).next) expect(command).not.toContain("rm -rf");
  });
});

describe("the effect", () => {
  const hand = { actor: { name: "ann", reason: "drill" }, at: NOW };
  const pending: Action = {
    id: actionId("hold", printImageKey(record(BAD).key), 1),
    verb: "hold",
    image: record(BAD).key,
    actor: hand.actor,
    cause: {},
    generation: 1,
    plannedAt: NOW,
    before: { tags: [], manifests: [] },
  };

  test.each([
    ["a dry run", effect({}, DRY_RUN), /^would be held/],
    ["an enforced violation that is not held yet", effect({}), /^will be held/],
    ["a hold", effect({ hold: HELD }), /^held for 1 h 18 min, since 2026-11-21 10:42Z: .*\(hidden\); released as soon as/],
    ["a hold in a dry run", effect({ hold: HELD }, DRY_RUN), /^held for .*release it by hand/],
    [
      "a hold by hand",
      effect({ hold: HELD, override: { kind: "hold", ...hand } }),
      /by hand of ann \("drill"\), until it is released by hand/,
    ],
    ["a release by hand", effect({ override: { kind: "release", ...hand, forReasons: [] } }), /^not held: released by hand of ann/],
    ["a hold that is under way", effect({ pending }), /^being held now/],
    ["an image that is gone", effect({ presence: "gone" }), /^none: the registry no longer has it/],
    [
      "a missing fact",
      effect({}, policy("id: a, rule: severity-threshold, atLeast: high"), image({ kind: "absent" })),
      /^not held: a missing fact holds nothing/,
    ],
    [
      "a missing fact that holds",
      effect({}, policy("id: a, rule: severity-threshold, atLeast: high, whenUnknown: hold"), image({ kind: "absent" })),
      /^will be held/,
    ],
    ["a good image", effect({}, policy("id: a, rule: scan-freshness, maxAge: 2h")), /^none: it can be pulled; judged again in 1 h/],
    [
      "a good image that is still held",
      effect({ hold: HELD }, policy("id: a, rule: scan-freshness, maxAge: 2h")),
      /^held for .*released now/,
    ],
  ])("of %s is told", (_, told, words) => {
    expect(told).toMatch(words);
  });

  test("of a check is what a gate would do", () => {
    expect(explain(record(BAD), { ...CONTEXT, view: "check" })).toMatchObject({
      effect: "none here; a gate with this policy would hold it",
      next: [],
    });
  });
});

const EVIL = 'a\u001b[2J\u202e\n\u0085- forged `]( @all <img src=x> "';

describe("every skin", () => {
  const evil = explain(
    record(image(reported(report([finding("CVE-2026-1", "high", EVIL, { fixed: [EVIL], version: EVIL })]))), { pushedBy: EVIL }),
    CONTEXT,
  );

  test.each([40, 80, 120])("for a terminal keeps to %i columns but for commands", (width) => {
    const lines = renderText(evil, { colour: false, width }).split("\n");
    const prose = lines.filter((line) => !evil.next.some((command) => line.endsWith(command)));
    expect(prose.filter((line) => line.length > width)).toEqual([]);
  });

  test("for a terminal lets no foreign control character through, and colours only when asked", () => {
    const plain = renderText(evil, { colour: false, width: 80 });
    expect(plain.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(plain).toContain("\\u001b");
    expect(renderText(evil, { colour: true, width: 80 })).toContain("\u001b[31m");
  });

  test("for markdown keeps foreign text within code spans", () => {
    const fence = /^(`{3,})yaml\n[\s\S]*?\n\1$/m;
    expect(fence.exec(renderMarkdown(evil))?.[0]).not.toMatch(/@all|<img/);
    const outside = renderMarkdown(evil)
      .replace(fence, "")
      .replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, "");
    expect(outside).not.toMatch(/forged|@all|<img/);
    expect(renderMarkdown(evil).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test("says what asked for the last act, and who, in every skin", () => {
    const actor = { name: "ann", reason: "INC-12" };
    const done = { kind: "applied", at: NOW, strength: "hidden", notes: [] } as const;
    const action = { ...actionOf(record(BAD).key), actor, cause: { run: "emergency-1" } };
    const told = explain(record(BAD, { hold: HELD }), { ...CONTEXT, actions: [{ action, outcome: done }] });
    const skins = [renderText(told, { colour: false, width: 200 }), renderMarkdown(told)];
    for (const skin of skins) for (const word of ["emergency-1", "ann", "INC-12"]) expect(skin).toContain(word);
    expect(explain(record(BAD), CONTEXT)).not.toHaveProperty("cause");
  });

  test("for markdown shows the decision and the remedy before what is folded", () => {
    const text = renderMarkdown(explain(record(BAD), CONTEXT));
    expect(text.startsWith("**VIOLATING**")).toBe(true);
    expect(text.indexOf("**Fix:**")).toBeLessThan(text.indexOf("<details>"));
  });

  test("counts the reasons that it leaves out", () => {
    const many = explain(
      record(image(reported(report(Array.from({ length: 30 }, (_, number) => finding(`CVE-2026-${number}`, "high")))))),
      CONTEXT,
    );
    expect(renderText(many, { colour: false, width: 80 })).toContain("... and 19 more");
  });
});

describe("a list", () => {
  test("has symbol, verdict, image, the first reason in short and the time since", () => {
    expect(listRow(record(BAD, { hold: HELD }))).toEqual({
      symbol: "x",
      verdict: "violating",
      image: "registry.example/shop/api:1.0",
      held: true,
      why: "CVE-2026-1 in openssl 3.0.11, 1 more",
      since: HELD.since,
    });
  });

  test.each([
    [image({ kind: "failed", why: "no disk" }, signed(), { firstSeenAt: NOW }), "scan failed, 1 more"],
    [image(reported(report()), signed()), "not signed"],
    [
      image(reported(report([finding("CVE-2026-1", "high", "org.example:parser")])), signed()),
      "CVE-2026-1 in org.example:parser 3.0.11, 1 more",
    ],
  ])("says why in a few words", (evidence, why) => {
    expect(listRow(record(evidence)).why).toBe(why);
  });
});

describe("an explanation of what does not count", () => {
  const waived = policyWith([written("ticket: SEC-41")]);

  test("tells who waived what and until when, in every skin", () => {
    const told = explain(record(BAD_UNFIXED, {}, waived), CONTEXT);
    expect(told).toMatchObject({ verdict: "compliant", notes: [{ symbol: "~", word: "waived", place: "waivers.yaml:4" }] });
    const message = 'no-high, CVE-2026-1 in openssl 3.0.11: "not reachable" (shop-team, SEC-41, until 2027-01-12 00:00Z)';
    expect(told.notes[0]?.message).toBe(message);
    expect(renderText(told, { colour: false, width: 200 })).toContain(`~ waived: ${message} [waivers.yaml:4]`);
    expect(renderMarkdown(told)).toContain(`- waived: \`${message}\` (\`waivers.yaml:4\`)`);
  });

  test("tells which waiver would apply and why it is void, and prints one that would", () => {
    const told = explain(record(BAD, {}, waived), CONTEXT);
    expect(told).toMatchObject({
      verdict: "violating",
      notes: [{ word: "waiver is void", message: "w would apply, but it is fixed in 3.0.14" }],
    });
    expect(told.waiver).toMatch(/vulnerabilities:\n\s+- CVE-2026-1/);
    expect(renderMarkdown(told)).toContain("```yaml");
    expect(renderText(told, { colour: false, width: 80 })).toMatch(/^ {2}Waive /m);
  });

  test("tells a finding that somebody closed, and one that somebody would like to", () => {
    const by = (trustVex: string[]): Policy => ({ ...RULES, findings: { ...RULES.findings, trustVex } });
    const statement = {
      ids: ["CVE-2026-1"],
      status: "not-affected",
      products: [],
      components: [],
      author: "acme",
      saidAt: NOW,
      place: "sha256:ee",
    } as const;
    const evidence: ImageEvidence = { ...BAD, vex: { kind: "examined", statements: [statement] } };
    const noteOf = (rules: Policy) => explain(record(evidence, {}, rules), CONTEXT).notes.map(({ word, message }) => `${word}: ${message}`);
    expect(noteOf(by(["author:acme"]))).toEqual(["not counted: CVE-2026-1 in openssl: not affected, says acme"]);
    expect(noteOf(by([]))).toEqual(["not applied: CVE-2026-1 in openssl: not affected, says acme; the policy does not trust it with that"]);
  });

  test("tells from when on a rule is enforced, and why it is for this image", () => {
    const staged = policy("id: no-high, rule: severity-threshold, atLeast: high, enforceFrom: 2026-12-15, select: { repository: shop/* }");
    const [reason] = explain(record(BAD, {}, staged), CONTEXT).reasons;
    expect(reason).toMatchObject({ word: "warning", because: "the rule is for repository shop/*" });
    expect(reason?.message).toMatch(/; enforced from 2026-12-15 00:00Z on$/);
  });
});
