import { describe, expect, test } from "vitest";
import { link } from "../../../shared/audit/chain.ts";
import { toOcsf } from "../../../shared/audit/ocsf.ts";
import { findingUid } from "../../../shared/audit/ocsf-finding.ts";
import { acted, correlationOf, gone, judged, type Occasion, parked, refused } from "../../../shared/audit/record.ts";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import { type ImageKey, parseTag } from "../../../shared/domain/image-ref.ts";
import type { Verdict } from "../../../shared/domain/verdict.ts";
import { actionOf, at, keyOf, NOW, reasonOf, verdictOf } from "../../fixtures/records.ts";

const KEY = keyOf("a");

function occasion(image: ImageKey = KEY, tags = ["1.0"]): Occasion {
  return { image, tags: tags.map((tag) => parseTag(tag)), at: NOW, correlationId: correlationOf(image, 1) };
}

function render(event: AuditEvent): Readonly<Record<string, unknown>> {
  return toOcsf({ sequence: 14, ...link(undefined, event) }, { version: "1.2.3" });
}

function judgedAs(verdict: Verdict, previous?: Verdict): Readonly<Record<string, unknown>> {
  return render(judged(occasion(), { verdict, previous, origin: "event" }));
}

describe("verdicts are Compliance Findings", () => {
  const compliant = verdictOf("compliant");
  const violating = verdictOf("violating");
  const dry = verdictOf("violating", { mode: "dry-run" });
  const warned = verdictOf("violating", { reasons: [reasonOf({ level: "warn" })] });
  const noted = verdictOf("violating", { reasons: [reasonOf({ level: "audit" })] });
  const unknown = verdictOf("indeterminate");
  const closed = verdictOf("indeterminate", { holdsUnknown: true });

  // code, activity, compliance status, action, disposition, finding status, alert
  test.each<readonly [string, Verdict, Verdict | undefined, string, readonly [number, number, number, number, number], boolean]>([
    ["compliant at first", compliant, undefined, "registry.verdict.allow", [1, 1, 1, 8, 4], false],
    ["violating at first", violating, undefined, "registry.verdict.deny", [1, 3, 2, 2, 1], true],
    ["violating after it complied", violating, compliant, "registry.verdict.deny", [2, 3, 2, 2, 1], true],
    ["violating for another reason", violating, warned, "registry.verdict.deny", [2, 3, 2, 2, 2], true],
    ["violating in a dry run", dry, undefined, "registry.verdict.deny", [1, 3, 3, 19, 1], true],
    ["violating what only warns", warned, undefined, "registry.verdict.warn", [1, 3, 3, 19, 1], true],
    ["violating what is only noted", noted, undefined, "registry.verdict.audit", [1, 3, 3, 17, 1], false],
    ["compliant again", compliant, violating, "registry.finding.closed", [3, 1, 1, 11, 4], false],
    ["compliant after it was unknown", compliant, unknown, "registry.finding.closed", [3, 1, 1, 11, 4], false],
    ["not known", unknown, undefined, "registry.verdict.indeterminate", [1, 2, 3, 17, 1], false],
    ["not known, and held for it", closed, undefined, "registry.verdict.indeterminate", [1, 2, 2, 2, 1], true],
  ])("%s", (_, verdict, previous, code, [activity, compliance, action, disposition, status], isAlert) => {
    expect(judgedAs(verdict, previous)).toMatchObject({
      class_uid: 2003,
      category_uid: 2,
      activity_id: activity,
      type_uid: 200_300 + activity,
      metadata: { event_code: code, profiles: ["security_control"] },
      compliance: { status_id: compliance },
      action_id: action,
      disposition_id: disposition,
      status_id: status,
      is_alert: isAlert,
    });
  });

  // action, disposition: 2 denied and blocked, 4 modified and quarantined, 3 observed and an alert
  test.each([
    ["blocked", [2, 2]],
    ["hidden", [2, 2]],
    ["untagged", [4, 3]],
    ["advisory", [3, 19]],
    ["none", [3, 19]],
  ] as const)("no pull is said to be refused that is not: %s", (stops, ids) => {
    for (const verdict of [violating, closed]) {
      const event = render(judged(occasion(), { verdict, previous: undefined, origin: "event", stops }));
      expect([event["action_id"], event["disposition_id"]]).toEqual(ids);
      expect(event).toMatchObject({ is_alert: true, unmapped: { moorgate: { stops } } });
    }
  });

  test("every id stands with its label", () => {
    expect(judgedAs(violating)).toMatchObject({
      class_name: "Compliance Finding",
      category_name: "Findings",
      activity_name: "Create",
      type_name: "Compliance Finding: Create",
      severity_id: 5,
      severity: "Critical",
      action: "Denied",
      disposition: "Blocked",
      status: "New",
      confidence_id: 3,
      confidence: "High",
    });
  });

  test("the place in the journal can be found again, and what we know beyond the schema is unmapped", () => {
    const event = judged(occasion(), { verdict: dry, previous: undefined, origin: "sweep" });
    const next = link(undefined, event);
    expect(render(event)).toMatchObject({
      time: NOW,
      metadata: {
        uid: event.id,
        correlation_uid: event.correlationId,
        sequence: 14,
        version: "1.8.0",
        product: { name: "moorgate", version: "1.2.3" },
      },
      unmapped: { moorgate: { chain: next.chain, index: 1, hash: next.hash, origin: "sweep", mode: "dry-run" } },
    });
  });

  test("the image stands where a SIEM looks for it", () => {
    const { registry, repository, digest } = KEY;
    const uid = `${registry}/${repository}@${digest}`;
    expect(judgedAs(violating)).toMatchObject({
      resources: [
        {
          uid,
          uid_alt: `pkg:oci/api@${encodeURIComponent(digest)}?repository_url=${registry}/${repository}`,
          name: `${registry}/${repository}:1.0`,
          type: "container_image",
          role_id: 1,
          role: "Target",
          version: "1.0",
          data: { registry, repository, digest, tags: ["1.0"] },
        },
      ],
      observables: [{ name: "resources[].uid", type_id: 10, value: uid }],
    });
  });

  test("each reason is a check: failed where it is violated, without a result where evidence is missing", () => {
    const reasons = [
      reasonOf({ ruleId: "fresh", status: "unknown", severity: "unknown", remedy: "scan it" }),
      reasonOf({ ruleId: "cve", severity: "critical", remedy: "upgrade" }),
    ];
    expect(judgedAs(verdictOf("violating", { reasons }))).toMatchObject({
      compliance: {
        control: "cve",
        checks: [
          { uid: "cve", status_id: 3, status: "Fail", severity_id: 5 },
          { uid: "fresh", status_id: 2, status: "Warning", severity_id: 0 },
        ],
      },
      remediation: { desc: "upgrade; scan it" },
    });
  });

  test("of many checks the fifty worst are told, and that there were more", () => {
    const reasons = Array.from({ length: 80 }, (_, number) =>
      reasonOf({ ruleId: `rule ${number}`, severity: number === 79 ? "critical" : "low" }),
    );
    const event = judgedAs(verdictOf("violating", { reasons }));
    expect(event).toMatchObject({ metadata: { is_truncated: true, untruncated_size: expect.any(Number) } });
    const { checks } = event["compliance"] as { readonly checks: readonly { readonly uid: string }[] };
    expect(checks).toHaveLength(50);
    expect(checks[0]?.uid).toBe("rule 79");
    expect(judgedAs(violating)).not.toHaveProperty("metadata.is_truncated");
  });

  test("a violation whose severity nobody knows is no mild one", () => {
    expect(judgedAs(verdictOf("violating", { reasons: [reasonOf({ severity: "unknown" })] }))).toMatchObject({ severity_id: 3 });
    expect(judgedAs(compliant)).toMatchObject({ severity_id: 1 });
  });
});

describe("a finding's uid", () => {
  test("is the same from its first to its last event, whatever time, tag and verdict", () => {
    const uid = (event: AuditEvent): unknown => (render(event)["finding_info"] as { readonly uid: string }).uid;
    const facts = { verdict: verdictOf("violating"), previous: undefined, origin: "event" } as const;
    const first = uid(judged(occasion(), facts));
    expect(
      uid(judged({ ...occasion(KEY, ["other"]), at: at(99) }, { ...facts, verdict: verdictOf("compliant"), previous: facts.verdict })),
    ).toBe(first);
    expect(first).toMatch(/^baseline:[0-9a-f]{16}:[0-9a-f]{8}$/);
    expect(first).toContain(KEY.digest.slice(7, 23));
  });

  test("differs between policies, images, and places of one image", () => {
    const uids = [
      findingUid("baseline", KEY),
      findingUid("strict", KEY),
      findingUid("baseline", keyOf("b")),
      findingUid("baseline", keyOf("a", "shop/web")),
      findingUid("baseline", keyOf("a", "shop/api", "other.example")),
    ];
    expect(new Set(uids).size).toBe(uids.length);
  });
});

describe("the cloud profile is declared only where the host says whose it is", () => {
  test.each([
    [
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
      { provider: "AWS", region: "eu-west-1", account: { uid: "123456789012", type_id: 10, type: "AWS Account" } },
    ],
    ["team.azurecr.io", { provider: "Azure" }],
    [
      "europe-west1-docker.pkg.dev",
      { provider: "GCP", region: "europe-west1", account: { uid: "shop", type_id: 11, type: "GCP Project" } },
    ],
  ])("%s", (registry, cloud) => {
    expect(render(gone(occasion(keyOf("a", "shop/api", registry))))).toMatchObject({
      metadata: { profiles: ["cloud", "security_control"] },
      cloud,
    });
  });

  test.each(["registry.example:5000", "harbor.example", "dkr.ecr.amazonaws.com.evil.example", "localhost:5055"])(
    "%s is nobody's cloud",
    (registry) => {
      const event = render(gone(occasion(keyOf("a", "shop/api", registry))));
      expect(event).not.toHaveProperty("cloud");
      expect(event).toMatchObject({ metadata: { profiles: ["security_control"] } });
    },
  );
});

test("no credential leaves in any text of an event, also where the text is cut", () => {
  const secret = "s3cr3t-passw0rd-of-the-robot";
  const url = `https://robot:${secret}@registry.example/v2/`;
  const events = [
    judged(occasion(), {
      verdict: verdictOf("violating", { reasons: [reasonOf({ message: `${"x".repeat(970)} ${url}`, remedy: url, ruleId: url })] }),
      previous: undefined,
      origin: "event",
    }),
    acted(occasion(), { ...actionOf(KEY), actor: { name: url, reason: url } }, { kind: "failed", at: NOW, code: "x", why: url }),
    refused({ source: url, why: `Bearer ${secret}`, count: 1, at: NOW }),
    parked({ work: url, why: url, at: NOW }),
  ];
  for (const event of events) expect(JSON.stringify(render(event))).not.toContain(secret.slice(0, 8));
});

test("the same entry always gives the same event", () => {
  const event = judged(occasion(), { verdict: verdictOf("violating"), previous: undefined, origin: "event" });
  expect(JSON.stringify(render(event))).toBe(JSON.stringify(render(event)));
});
