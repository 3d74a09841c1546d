import { expect, test } from "vitest";
import { link } from "../../../shared/audit/chain.ts";
import { toOcsf } from "../../../shared/audit/ocsf.ts";
import { posture } from "../../../shared/audit/record.ts";
import { parseRegistryHost } from "../../../shared/domain/image-ref.ts";
import type { PostureNews } from "../../../shared/domain/posture.ts";
import { NOW } from "../../fixtures/records.ts";

const ECR = parseRegistryHost("123456789012.dkr.ecr.eu-central-1.amazonaws.com");
const NEWS: PostureNews = {
  code: "lifecycle-expires-held",
  change: "opened",
  state: "mend",
  places: ["lifecycle of shop/api, rule 7", "lifecycle of shop/web, rule 1"],
  count: 12,
  fact: "expires what the gate holds",
  next: "leave what is archived out",
};

function render(news: Partial<PostureNews> = {}, registry = ECR): Readonly<Record<string, unknown>> {
  return toOcsf({ sequence: 1, ...link(undefined, posture(registry, { ...NEWS, ...news }, NOW)) }, { version: "1.2.3" });
}

test("what stands against the gate in a set-up is a compliance finding, with where, how often and what to do", () => {
  expect(render()).toMatchObject({
    type_uid: 200_301,
    metadata: { event_code: "registry.posture.finding", profiles: ["cloud", "security_control"] },
    message: `${ECR}: lifecycle of shop/api, rule 7 and 11 more: expires what the gate holds`,
    cloud: { provider: "AWS", region: "eu-central-1", account: { uid: "123456789012" } },
    compliance: { control: "lifecycle-expires-held", status_id: 3 },
    remediation: { desc: "leave what is archived out" },
    resources: [{ uid: ECR, type: "container_registry" }],
    unmapped: { moorgate: { finding: "lifecycle-expires-held", places: NEWS.places, count: 12 } },
    is_alert: true,
    disposition_id: 19,
    severity_id: 4,
    status_id: 1,
  });
  expect(render({ code: "tags-frozen", change: "changed" })).toMatchObject({
    type_uid: 200_302,
    severity_id: 3,
    is_alert: true,
    status_id: 2,
  });
});

test("what could not be found out alerts nobody, and is no pass", () => {
  const unknown = render({ code: "may-not-ask", state: "unknown" });
  expect(unknown).toMatchObject({ is_alert: false, severity_id: 2, compliance: { status_id: 2 } });
});

test("what is mended closes the finding that was told before", () => {
  const { next: _, ...rest } = NEWS;
  const event = posture(ECR, { ...rest, change: "cleared", places: [], count: 0 }, NOW);
  const closed = toOcsf({ sequence: 1, ...link(undefined, event) }, { version: "1.2.3" });
  expect(closed).toMatchObject({
    type_uid: 200_303,
    metadata: { event_code: "registry.posture.closed" },
    compliance: { status_id: 1 },
    is_alert: false,
    disposition_id: 11,
    severity_id: 1,
    status_id: 4,
  });
  expect(closed["finding_info"]).toMatchObject({ uid: uid() });
  expect(closed).not.toHaveProperty("remediation");
});

const uid = (...given: Parameters<typeof render>): unknown => (render(...given)["finding_info"] as { readonly uid: string }).uid;

test("each kind of thing at each registry is a finding of its own", () => {
  expect(uid({ change: "changed", count: 3 })).toBe(uid());
  expect(uid({ code: "scan-off" })).not.toBe(uid());
  expect(uid({}, parseRegistryHost("registry.example"))).not.toBe(uid());
});
