import { expect, test } from "vitest";
import { link } from "../../../shared/audit/chain.ts";
import { toOcsf } from "../../../shared/audit/ocsf.ts";
import { drifted } from "../../../shared/audit/record.ts";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import type { SetupChange } from "../../../shared/domain/setup-change.ts";
import { NOW } from "../../fixtures/records.ts";

const ECR = parseRegistryHost("123456789012.dkr.ecr.eu-central-1.amazonaws.com");
const CHANGE: SetupChange = {
  id: "record-1",
  source: "ecr",
  registry: ECR,
  repository: parseRepository("shop/api"),
  control: "lifecycle",
  call: "DeleteLifecyclePolicy",
  at: NOW,
  actor: "arn:aws:iam::123456789012:user/ann",
  before: '{"rules":[]}',
};

function render(change: Partial<SetupChange> = {}): Readonly<Record<string, unknown>> {
  return toOcsf({ sequence: 1, ...link(undefined, drifted({ ...CHANGE, ...change }, NOW)) }, { version: "1.2.3" });
}

test("a change of a set-up is an update of a compliance finding that somebody has to look at", () => {
  expect(render()).toMatchObject({
    type_uid: 200_302,
    metadata: { event_code: "registry.posture.drift", profiles: ["cloud", "security_control"] },
    cloud: { provider: "AWS", region: "eu-central-1", account: { uid: "123456789012" } },
    compliance: { control: "lifecycle", status_id: 2, control_parameters: [{ name: "lifecycle", value: '{"rules":[]}' }] },
    evidences: [{ actor: { app_name: ECR, user: { name: CHANGE.actor } }, data: { call: "DeleteLifecyclePolicy" } }],
    resources: [{ uid: `${ECR}/shop/api`, type: "container_repository", data: { registry: ECR, repository: "shop/api" } }],
    action_id: 3,
    disposition_id: 19,
    is_alert: true,
    severity_id: 3,
  });
});

test("of the registry as a whole it is no repository's, and what was set stands where it was observed", () => {
  const { repository: _, before: __, ...whole } = CHANGE;
  const event = drifted({ ...whole, control: "scanning", call: "PutRegistryScanningConfiguration", after: '{"scanType":"BASIC"}' }, NOW);
  const rendered = toOcsf({ sequence: 1, ...link(undefined, event) }, { version: "1.2.3" });
  expect(rendered).toMatchObject({
    resources: [{ uid: ECR, type: "container_registry", data: { registry: ECR, observed: '{"scanType":"BASIC"}' } }],
    severity_id: 4,
  });
  expect(rendered["compliance"]).not.toHaveProperty("control_parameters");
});

test("changes of one control at one place are one finding, and of another are others", () => {
  const uid = (change: Partial<SetupChange> = {}) => (render(change)["finding_info"] as { readonly uid: string }).uid;
  expect(uid({ id: "record-2", actor: "somebody", call: "PutLifecyclePolicy" })).toBe(uid());
  const others = [
    uid({ control: "scanning" }),
    uid({ repository: parseRepository("shop/web") }),
    uid({ registry: parseRegistryHost("r.example") }),
  ];
  expect(new Set([uid(), ...others]).size).toBe(4);
});
