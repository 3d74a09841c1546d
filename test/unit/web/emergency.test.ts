import { beforeEach, describe, expect, test } from "vitest";
import { openWebGate, TOKEN, VIEWER, type WebGate } from "../../fakes/web-gate.ts";
import { CONCERNED } from "../../fixtures/emergency.ts";
import { digestOf } from "../../fixtures/records.ts";
import { get, post } from "./api-requests.ts";
import { type OpenApi, openApi } from "./open-api.ts";

let gate: WebGate;
let api: OpenApi;

beforeEach(async () => {
  gate = openWebGate();
  api = await openApi(gate);
});

async function ask(
  path: string,
  body?: object,
  token = TOKEN,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const request = body === undefined ? get(path, token) : post(path, body, token);
  const response = await gate.app.fetch(request);
  const answer = (await response.json()) as Record<string, unknown>;
  expect(api.faultsOf(request, response, answer)).toEqual([]);
  return { status: response.status, body: answer };
}

const QUERY = { query: "log4j-core@<2.15.0" };
const START = { ...QUERY, list: CONCERNED.list, reason: "log4shell" };

describe("an emergency at the API", () => {
  test("is looked at by whoever may read: images with facts, use and what becomes of them, and those of which nothing is known", async () => {
    const { status, body } = await ask("/emergencies/preview", QUERY, VIEWER);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      list: CONCERNED.list,
      images: [
        { tags: ["1.0"], use: "running", useWords: "prod: shop/Deployment/api", disposition: "in-use", releasedBy: { name: "ann" } },
        { use: "not-running", disposition: "hold", facts: [{ what: "log4j-core 2.14.1", at: "unknown" }] },
      ],
      unsure: [{ kind: "not-known", why: "there is no SBOM of it" }],
      clear: 7,
    });
  });

  test("is started by whoever may act, with a reason, and only with the list that was shown", async () => {
    expect(await ask("/emergencies", START)).toMatchObject({
      status: 200,
      body: { run: "emergency-4", undo: "moorgate undo emergency-4", counts: { held: 1, failed: 1 } },
    });
    expect((await ask("/emergencies", START, VIEWER)).status).toBe(403);
    expect((await ask("/emergencies", { ...START, list: digestOf("another") })).status).toBe(409);
    const { reason: _, ...unreasoned } = START;
    expect((await ask("/emergencies", unreasoned)).status).toBe(400);
    const { list: _list, ...unseen } = START;
    expect((await ask("/emergencies", unseen)).status).toBe(400);
  });

  test("is found again by its run, and among the others", async () => {
    expect((await ask("/emergencies/emergency-4")).body).toMatchObject({
      toHold: 2,
      notKnown: 1,
      progress: [{ kind: "held" }, { kind: "failed" }],
    });
    expect((await ask("/emergencies/emergency-9")).status).toBe(404);
    expect((await ask("/emergencies")).body).toMatchObject({ emergencies: [{ run: "emergency-4", query: "log4j-core@<2.15.0" }] });
  });
});
