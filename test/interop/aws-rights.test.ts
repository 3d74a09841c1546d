import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAdmission } from "../../functions/aws/admit.ts";
import { answer } from "../../functions/aws/function-url.ts";
import { lookAtSweeps } from "../../functions/aws/look-at-sweeps.ts";
import { sing } from "../../functions/aws/sing.ts";
import { judged } from "../../shared/audit/record.ts";
import { openForReading } from "../../shared/compose/store.ts";
import { parseTag } from "../../shared/domain/image-ref.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { signHead } from "../contract/store.ts";
import { SETTINGS } from "../door/aws/door-gate.ts";
import { urlEvent } from "../door/aws/woken.ts";
import { HOST } from "../fixtures/aws-events.ts";
import { keyOf, NOW, recordOf, verdictOf } from "../fixtures/records.ts";
import { compile } from "../unit/aws/compiled.ts";
import { grantedTo } from "../unit/aws/grants.ts";
import type { Template } from "../unit/aws/template.ts";
import { type DynamoLocal, placeOf, startDynamoLocal, withTable } from "./dynamodb-local.ts";
import { startProxy } from "./dynamodb-proxy.ts";

let local: DynamoLocal;
let template: Template;
beforeAll(async () => {
  local = await startDynamoLocal();
  template = compile();
}, 60_000);
afterAll(() => local.stop());

/** Which actions on the table a piece of work takes. */
async function actionsOf(work: (place: string, direct: string) => Promise<void>): Promise<readonly string[]> {
  const proxy = await startProxy(local.endpoint);
  // Past the counting, and for DynamoDB Local the same caller, to whom alone a table belongs.
  const aside = await startProxy(local.endpoint);
  try {
    await withTable({ ...local, endpoint: aside.endpoint }, (direct, table) => work(placeOf(proxy.endpoint, table), direct));
    return [...new Set(proxy.take().map(({ operation }) => `dynamodb:${operation}`))].sort();
  } finally {
    await Promise.all([proxy.stop(), aside.stop()]);
  }
}

const grantedOnTable = (name: string): readonly string[] => grantedTo(template, name).filter((action) => action.startsWith("dynamodb:"));

test("a review by digest, by tag and by platform takes what admit is granted on the table, and nothing else, whatever waits to be numbered", async () => {
  const folder = mkdtempSync(join(tmpdir(), "moorgate-rights-"));
  const settingsFile = join(folder, "moorgate.yaml");
  writeFileSync(settingsFile, `${SETTINGS}registries: [{ host: ${HOST}, mode: enforce }]\nadmission: { unknown: refuse }\n`);
  const [index, child] = [keyOf("index", "shop/api", HOST), keyOf("child", "shop/api", HOST)];
  const taken = await actionsOf(async (place, direct) => {
    const store = openDynamoStore({ place: direct, signHead });
    const verdict = verdictOf("compliant");
    const record = recordOf(index, { verdict, tags: [parseTag("v1")], children: [child.digest] });
    const journal = [
      judged({ image: index, tags: record.tags, at: NOW, correlationId: "one" }, { verdict, previous: undefined, origin: "event" }),
    ];
    await store.ledger.commit({ image: record, intents: [], outcomes: [], journal });
    await store.close();
    const open = await openAdmission({ MOORGATE_STORE: place, MOORGATE_SETTINGS: settingsFile });
    for (const image of [`@${index.digest}`, ":v1", `@${child.digest}`, ":none"]) {
      const request = { uid: "u-1", object: { kind: "Pod", spec: { containers: [{ image: `${HOST}/shop/api${image}` }] } } };
      const body = JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request });
      const told = await answer(urlEvent("POST", "/admission", { body }), open);
      expect(JSON.parse(told.body ?? "")).toMatchObject({ response: { allowed: image !== ":none" } });
    }
  }).finally(() => rmSync(folder, { recursive: true }));
  expect(taken).toEqual(grantedOnTable("AdmitLambdaFunction"));
});

test("a canary takes what it is granted on the table, and nothing else, whether or not its message came through", async () => {
  const clock = { now: () => NOW };
  const taken = await actionsOf(async (place) => {
    const { queue, sweeps, close } = await openForReading(place);
    const deps = { queue, sweeps, clock, waitMs: 0 };
    await sing({ ...deps, send: async (text) => void (await queue.put([], NOW, `canary:${JSON.parse(text).moorgateCanary}`)) });
    await expect(sing({ ...deps, send: async () => {} })).rejects.toThrow(AdapterError);
    await lookAtSweeps(deps);
    await close();
  });
  expect(taken).toEqual(grantedOnTable("CanaryLambdaFunction"));
});
