import { describe, expect, test } from "vitest";
import type { ImageEvidence } from "../../../shared/domain/evidence.ts";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import type { Usage } from "../../../shared/domain/usage.ts";
import type { Policy } from "../../../shared/policy/document.ts";
import { renderSimulationMarkdown } from "../../../shared/policy/simulate/markdown.ts";
import { type SimulationReport, startSimulation } from "../../../shared/policy/simulate/report.ts";
import { compare, type KnownImage } from "../../../shared/policy/simulate/simulate.ts";
import { renderSimulationText } from "../../../shared/policy/simulate/text.ts";
import { digest, finding, image, NOW, policy, report, reported, signature, signed, target } from "./given.ts";

const NOBODY_KNOWS: Usage = { kind: "unknown", why: "nobody says" };

function known(evidence: ImageEvidence, repository = "shop/api", pair = "11", usage = NOBODY_KNOWS): KnownImage {
  const { registry, repository: path } = target(repository);
  return { image: { registry, repository: path, digest: digest(pair) }, tags: [parseTag("1.0")], evidence, usage };
}

const HIGH = image(reported(report([finding("CVE-2026-1", "high")])));
const CRITICAL = image(reported(report([finding("CVE-2026-2", "critical")])));
const CLEAN = image(reported(report()));
const UNSCANNED = image({ kind: "absent" });

const LAX = policy("id: no-critical, rule: severity-threshold, atLeast: critical");
const STRICT = policy("id: no-high, rule: severity-threshold, atLeast: high, whenUnknown: hold");
const dry = (given: Policy): Policy => ({ ...given, mode: "dry-run" });

function run(before: Policy, after: Policy, images: readonly KnownImage[], untriedSigners: readonly string[] = []): SimulationReport {
  const simulation = startSimulation({ before, after, now: NOW, untriedSigners });
  for (const each of images) simulation.add(each);
  return simulation.report();
}

describe("a change of policy", () => {
  test.each([
    ["holds what only the new one forbids", LAX, STRICT, HIGH, "newly-held"],
    ["holds the unknown where only the new one fails closed", LAX, STRICT, UNSCANNED, "newly-held"],
    ["frees what only the old one forbids", STRICT, LAX, HIGH, "newly-free"],
    ["leaves what both forbid, for other reasons", LAX, STRICT, CRITICAL, "other-reasons"],
    ["leaves what neither speaks of", LAX, STRICT, CLEAN, "same"],
    [
      "counts a verdict that changes and holds nothing",
      LAX,
      policy("id: a, rule: scan-freshness, maxAge: 7d, level: warn"),
      UNSCANNED,
      "other-verdict",
    ],
    ["compares two dry runs as though they were enforced", dry(LAX), dry(STRICT), HIGH, "newly-held"],
    ["to the same policy in a dry run holds nothing new", dry(LAX), dry(LAX), CRITICAL, "same"],
    ["from dry run to enforce holds whatever the new one holds", dry(LAX), LAX, CRITICAL, "newly-held"],
    ["from enforce to dry run is compared as though it were enforced", LAX, dry(LAX), CRITICAL, "same"],
  ])("%s", (_, before, after, evidence, effect) => {
    expect(compare({ before, after, now: NOW }, known(evidence)).effect).toBe(effect);
  });

  test("names the rule that holds, not one that only speaks", () => {
    const after = policy(
      "id: speaks, rule: severity-threshold, atLeast: high",
      "id: listed, rule: scan-freshness, maxAge: 1d, level: warn",
      "id: holds, rule: scan-freshness, maxAge: 30d, whenUnknown: hold",
    );
    const { after: judged, reasons } = compare({ before: LAX, after, now: NOW }, known(UNSCANNED));
    expect(judged).toMatchObject({ verdict: "indeterminate", holds: true, holding: ["holds"] });
    expect(judged.rules.toSorted()).toEqual(["holds", "listed", "speaks"]);
    expect(reasons[0]?.ruleId).toBe("holds");
  });

  test("tells of an image that is no longer held what had held it, whatever the new policy says of it", () => {
    const after = policy("id: listed, rule: severity-threshold, atLeast: low, level: audit");
    const { effect, reasons } = compare({ before: STRICT, after, now: NOW }, known(HIGH));
    expect({ effect, rules: reasons.map(({ ruleId }) => ruleId) }).toEqual({ effect: "newly-free", rules: ["no-high"] });
  });

  test("does not guess what a key that is trusted only now would verify; that there was no signature stays known", () => {
    const wants = policy("id: signed, rule: signature-required, signers: [release], grace: 0s");
    const setup = { before: wants, after: wants, now: NOW, untriedSigners: ["release"] };
    const verdictOf = (...facts: readonly ReturnType<typeof signature>[]) =>
      compare(setup, known({ ...CLEAN, signatures: signed(...facts) })).after.verdict;
    expect(verdictOf(signature("untrusted-root"))).toBe("indeterminate");
    expect(verdictOf()).toBe("violating");
    expect(verdictOf(signature("ok", "dev"), signature("untrusted-root"))).toBe("indeterminate");
    expect(verdictOf(signature("ok", "dev"))).toBe("violating");
  });

  test("tells what would be held by ignoring a key, of what was examined before", () => {
    const before = policy("id: signed, rule: signature-required, grace: 0s");
    const after = { ...before, trust: { ...before.trust, ignored: [{ signer: "release", reason: "leaked" }] } };
    const effectOf = (...facts: readonly ReturnType<typeof signature>[]) =>
      compare({ before, after, now: NOW }, known({ ...CLEAN, signatures: signed(...facts) })).effect;
    expect(effectOf(signature("ok", "release"))).toBe("newly-held");
    expect(effectOf(signature("ok", "release"), signature("ok", "dev"))).toBe("same");
  });

  test("does not count what another key of the same name had verified", () => {
    const wants = policy("id: signed, rule: signature-required, signers: [release], grace: 0s");
    const evidence = { ...CLEAN, signatures: signed(signature("ok", "release")) };
    const verdictWith = (...untriedSigners: readonly string[]) =>
      compare({ before: wants, after: wants, now: NOW, untriedSigners }, known(evidence)).after.verdict;
    expect(verdictWith()).toBe("compliant");
    expect(verdictWith("dev")).toBe("compliant");
    expect(verdictWith("release")).toBe("indeterminate");
  });
});

describe("what is newly held", () => {
  const stopped: Usage = { kind: "not-running", seenAt: NOW };
  const running: Usage = { kind: "running", where: [{ place: "east", seenAt: NOW, workloads: [{ name: "api" }], unmatched: [] }] };

  test("is counted by whether anything runs it, and what stays free is not", () => {
    const given = run(LAX, STRICT, [
      known(HIGH, "a", "11", running),
      known(HIGH, "b", "22", stopped),
      known(HIGH, "c", "33"),
      known(CLEAN, "d", "44", running),
    ]);
    expect(given.use).toEqual({ running: 1, pulled: 0, "not-running": 1, unknown: 1 });
    expect(renderSimulationText(given)).toContain("3 would be newly held; 2 of them are or may be in use");
  });

  test("is said to be in use by nobody where that is proven of all", () => {
    const text = renderSimulationText(run(LAX, STRICT, [known(HIGH, "b", "22", stopped)]));
    expect(text).toContain("none of them is in use");
    expect(text).not.toContain("nobody knows");
  });
});

describe("the report", () => {
  const images = [
    known(HIGH, "shop/api", "11"),
    known(HIGH, "shop/web", "22"),
    known(CRITICAL, "shop/web", "33"),
    known(UNSCANNED, "tools/lint", "44"),
    known(CLEAN, "tools/lint", "55"),
  ];
  const given = run(LAX, STRICT, images);

  test("counts effects, verdicts, rules, repositories and teams, and says of how many the use is unknown", () => {
    expect(given).toMatchObject({
      images: 5,
      use: { running: 0, pulled: 0, "not-running": 0, unknown: 3 },
      effects: { "newly-held": 3, "newly-free": 0, "other-verdict": 0, "other-reasons": 1, same: 1 },
      verdicts: {
        before: { violating: 1, indeterminate: 1, compliant: 3 },
        after: { violating: 3, indeterminate: 1, compliant: 1 },
      },
      rules: [
        { ruleId: "no-high", before: 0, after: 4, newlyHeld: 3 },
        { ruleId: "no-critical", before: 2, after: 0, newlyHeld: 0 },
      ],
      repositories: [
        { name: "registry.example/shop/api", images: 1, newlyHeld: 1 },
        { name: "registry.example/shop/web", images: 2, newlyHeld: 1 },
        { name: "registry.example/tools/lint", images: 2, newlyHeld: 1 },
      ],
      teams: [
        { name: "shop", images: 3, newlyHeld: 2 },
        { name: "tools", images: 2, newlyHeld: 1 },
      ],
    });
    expect(given.differences).toHaveLength(3);
  });

  test("teams are those of the new policy where it names any; what is of none is told as such", () => {
    const teams = [{ name: "buyers", repository: ["shop/**"] }];
    expect(run(LAX, { ...STRICT, teams }, images).teams).toMatchObject([
      { name: "buyers", images: 3, newlyHeld: 2 },
      { name: "no team", images: 2, newlyHeld: 1 },
    ]);
  });

  test("counts all and keeps the first hundred, however many images there are", () => {
    const many = Array.from({ length: 250 }, () => known(HIGH));
    const { effects, differences } = run(LAX, STRICT, many);
    expect(effects["newly-held"]).toBe(250);
    expect(differences).toHaveLength(100);
  });

  test("every skin tells the decision first, that use is unknown, and the remedy", () => {
    for (const text of [renderSimulationText(given), renderSimulationMarkdown(given)]) {
      const [first = "", second = ""] = text.split("\n");
      expect(first + second).toContain("3 would be newly held");
      expect(text.toLowerCase()).toContain("nobody knows");
      expect(text).toContain("Fix: ");
      expect(text).not.toContain("undefined");
    }
  });

  test("says when the switch to enforce is what holds, and when the new policy is a dry run", () => {
    expect(run(dry(LAX), LAX, images).switchesOn).toBe(true);
    expect(renderSimulationText(run(LAX, dry(STRICT), images))).toContain("until its mode is enforce");
  });

  test("foreign text can neither forge a line nor mention, link or break a table", () => {
    const evil = finding("CVE-1`@admin [x](http://evil) | \u001b[2J\nSIMULATION", "critical");
    const [text, markdown] = [renderSimulationText, renderSimulationMarkdown].map((render) =>
      render(run(policy("id: a, rule: scan-freshness, maxAge: 7d"), LAX, [known(image(reported(report([evil]))))])),
    );
    for (const shown of [text, markdown]) {
      expect(shown).not.toContain("\u001b");
      expect(shown).not.toMatch(/^SIMULATION/m);
    }
    expect(markdown?.split(/(`+)[\s\S]*?[^`]\1(?!`)/).join("")).not.toMatch(/@admin|\]\(http/);
  });
});
