import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAdmission } from "../../../functions/aws/admit.ts";
import { answer } from "../../../functions/aws/function-url.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { HOST } from "../../fixtures/aws-events.ts";
import { keyOf, recordOf, verdictOf } from "../../fixtures/records.ts";
import { SETTINGS } from "./door-gate.ts";
import { urlEvent } from "./woken.ts";

const REGISTRIES = `registries: [{ host: ${HOST}, mode: enforce }]\n`;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "moorgate-admit-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function open(settings: string): Promise<Awaited<ReturnType<typeof openAdmission>>> {
  const settingsFile = join(dir, "moorgate.yaml");
  writeFileSync(settingsFile, `${SETTINGS}${settings}`);
  return openAdmission({ MOORGATE_STORE: join(dir, "ledger.db"), MOORGATE_SETTINGS: settingsFile });
}

function review(image: string): string {
  const request = { uid: "u-1", object: { kind: "Pod", spec: { containers: [{ image }] } } };
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request });
}

async function reviewed(app: Awaited<ReturnType<typeof open>>, image: string): Promise<unknown> {
  const told = await answer(
    urlEvent("POST", "/admission", { body: Buffer.from(review(image)).toString("base64"), isBase64Encoded: true }),
    app,
  );
  expect(told.statusCode).toBe(200);
  return JSON.parse(told.body ?? "");
}

async function remember(...fields: Parameters<typeof recordOf>): Promise<void> {
  const store = openSqliteStore({ file: join(dir, "ledger.db"), signHead: () => "" });
  await store.ledger.commit({ image: recordOf(...fields), intents: [], outcomes: [], journal: [] });
  await store.close();
}

describe("the admission door", () => {
  test("answers from the ledger alone: with no policy, no key and no registry that could be reached", async () => {
    const [good, bad] = [keyOf("good", "shop/api", HOST), keyOf("bad", "shop/api", HOST)];
    await remember(good, { verdict: verdictOf("compliant") });
    await remember(bad, { verdict: verdictOf("violating", { mode: "enforce" }) });
    const app = await open(`${REGISTRIES}admission: { unknown: refuse }\n`);
    const place = `${HOST}/shop/api`;
    expect(await reviewed(app, `${place}@${good.digest}`)).toMatchObject({ response: { uid: "u-1", allowed: true } });
    expect(await reviewed(app, `${place}@${bad.digest}`)).toMatchObject({ response: { uid: "u-1", allowed: false } });
    expect(await reviewed(app, `${place}:never-judged`)).toMatchObject({ response: { allowed: false } });
    expect(await reviewed(app, "elsewhere.example/shop/api:v1")).toMatchObject({ response: { allowed: true } });
  });

  test("is closed where the settings let no cluster ask", async () => {
    const app = await open(REGISTRIES);
    expect((await answer(urlEvent("POST", "/admission", { body: review(`${HOST}/shop/api:v1`) }), app)).statusCode).toBe(404);
  });

  test("has one path and no other", async () => {
    const app = await open(`${REGISTRIES}admission: {}\n`);
    for (const path of ["/", "/admission/", "/api/v1/images", "/hooks/oci"]) {
      expect((await answer(urlEvent("POST", path, { body: review(`${HOST}/shop/api:v1`) }), app)).statusCode).toBe(404);
    }
    expect((await answer(urlEvent("GET", "/admission"), app)).statusCode).toBe(405);
    expect((await answer(urlEvent("POST", "/admission", { body: "{" }), app)).statusCode).toBe(400);
  });
});
