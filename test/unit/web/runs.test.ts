import { describe, expect, test } from "vitest";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { openWebGate, TOKEN, VIEWER, type WebGate } from "../../fakes/web-gate.ts";
import { keyOf, recordOf, verdictOf } from "../../fixtures/records.ts";
import { stopRun } from "../../fixtures/runs.ts";
import { csrfIn, form, request, show, signIn } from "./browser.ts";

const IMAGES: readonly ImageKey[] = ["a", "b", "c"].map((name) => keyOf(name));

async function withStopped(): Promise<{ readonly gate: WebGate; readonly run: string }> {
  const gate = openWebGate();
  const run = await stopRun(gate.store, IMAGES);
  for (const key of IMAGES) await gate.remember(recordOf(key, { verdict: verdictOf("violating"), run, isBraked: true }));
  return { gate, run };
}

async function answer(gate: WebGate, verb: string, fields: Readonly<Record<string, string>>, token = TOKEN): Promise<Response> {
  const cookie = await signIn(gate, token);
  const csrf = csrfIn(await (await gate.app.fetch(request("/", { cookie }))).text());
  return gate.app.fetch(form(`/act/${verb}`, { csrf, ...fields }, { cookie }));
}

describe("a run that was stopped", () => {
  test("is one thing that needs a person, and not one for each of its images", async () => {
    const { gate, run } = await withStopped();
    const page = await show(gate, "/");
    expect(page).toMatch(/<h1>1 thing needs you/);
    expect(page).toContain(`name="run" value="${run}"`);
    for (const path of ["/act/approve", "/act/reject"]) expect(page).toContain(`formaction="${path}"`);
  });

  test.each([
    ["approve", "approved", 3],
    ["reject", "rejected", 0],
  ] as const)("is answered with one form: %s", async (verb, state, queued) => {
    const { gate, run } = await withStopped();
    const response = await answer(gate, verb, { run, reason: "meant so" });
    expect([response.status, response.headers.get("location")]).toEqual([303, "/"]);
    expect(await gate.store.runs.find(run)).toMatchObject({ state, decided: { by: { name: "operator", reason: "meant so" } } });
    expect((await gate.store.queue.depth()).waiting).toBe(queued);
    expect(await show(gate, "/")).not.toContain("/act/approve");
    expect(await show(gate, "/audit?kind=braked")).toContain(`Run ${run} ${state}`);
  });

  test.each<[string, Readonly<Record<string, string>>, string, number]>([
    ["without a reason", { reason: " " }, TOKEN, 400],
    ["about no run", { run: "" }, TOKEN, 400],
    ["about an unknown run", { run: "policy-9" }, TOKEN, 404],
    ["of another session", { csrf: "x" }, TOKEN, 403],
    ["of a viewer", {}, VIEWER, 403],
  ])("is not answered by a form %s", async (_, fields, token, status) => {
    const { gate, run } = await withStopped();
    expect((await answer(gate, "approve", { run, reason: "meant so", ...fields }, token)).status).toBe(status);
    expect((await gate.store.runs.find(run))?.state).toBe("stopped");
  });

  test("asks a viewer nothing", async () => {
    const { gate } = await withStopped();
    const page = await (await gate.app.fetch(request("/", { cookie: await signIn(gate, VIEWER) }))).text();
    expect(page).not.toContain("/act/approve");
  });

  test("is answered once", async () => {
    const { gate, run } = await withStopped();
    await answer(gate, "reject", { run, reason: "a mistake" });
    expect((await answer(gate, "approve", { run, reason: "meant so" })).status).toBe(409);
    expect((await gate.store.runs.find(run))?.state).toBe("rejected");
  });
});
