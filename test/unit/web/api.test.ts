import { describe, expect, test } from "vitest";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import { ROLES } from "../../../shared/domain/role.ts";
import { accessToken } from "../../../shared/web/access.ts";
import { actorOf } from "../../../shared/web/api/acts.ts";
import { ImagePage } from "../../../shared/web/api/schema.ts";
import { Done } from "../../../shared/web/api/schema-acted.ts";
import { UndoPlanView, UndoView } from "../../../shared/web/api/schema-undo.ts";
import { HOST, openWebGate, TOKEN, VIEWER, type WebGate } from "../../fakes/web-gate.ts";
import { keyOf, NOW, recordOf, verdictOf } from "../../fixtures/records.ts";
import { stopRun } from "../../fixtures/runs.ts";
import { answerTo, get, post } from "./api-requests.ts";
import { openApi } from "./open-api.ts";

const IMAGE = keyOf("image");
const NAME = `${IMAGE.registry}/${IMAGE.repository}`;
const GOOD = `${IMAGE.registry}/shop/web@${keyOf("good").digest}`;

async function seeded(): Promise<WebGate> {
  const gate = openWebGate();
  await gate.remember(recordOf(keyOf("good", "shop/web"), { platforms: ["linux/amd64"] }));
  await gate.remember(recordOf(keyOf("unknown", "tools/build"), { tags: [], verdict: verdictOf("indeterminate") }));
  await gate.remember(
    recordOf(IMAGE, { verdict: verdictOf("violating"), tags: [parseTag("1.0")], pushedBy: "ci", run: "policy-1", isBraked: true }),
  );
  await stopRun(gate.store, [IMAGE]);
  await gate.store.runs.begin("feeds", "", NOW);
  return gate;
}

describe("every answer of the API fits its own document", () => {
  const hold = { image: `${NAME}@${IMAGE.digest}`, reason: "leaked key" };
  const requests: readonly (readonly [string, number, () => Request])[] = [
    ["images", 200, () => get("/images")],
    ["images of a filter", 200, () => get("/images?verdict=violating&held=false&q=repo:shop/*%20word")],
    ["an unknown verdict", 400, () => get("/images?verdict=fine")],
    ["an unknown parameter", 400, () => get("/images?verdicts=violating")],
    ["a word that is no filter", 400, () => get("/images?q=verdict:fine")],
    ["a word that every object has", 400, () => get("/images?q=held:constructor")],
    ["a limit out of range", 400, () => get("/images?limit=501")],
    ["a place that no page gave", 400, () => get("/images?after=x")],
    ["one image", 200, () => get(`/images/${IMAGE.digest}`)],
    ["one image, escaped", 200, () => get(`/images/${encodeURIComponent(IMAGE.digest)}`)],
    ["no digest", 400, () => get("/images/latest")],
    ["an unseen digest", 404, () => get(`/images/${keyOf("never").digest}`)],
    ["the journal", 200, () => get("/journal?after=1&limit=2")],
    ["a chain", 200, () => get(`/journal?chain=${encodeURIComponent(`${NAME}@${IMAGE.digest}`)}`)],
    ["the heads", 200, () => get("/journal/heads?limit=1")],
    ["the status", 200, () => get("/status")],
    ["a dry run", 200, () => post("/hold", { ...hold, dryRun: true })],
    ["a dry run without a reason", 200, () => post("/hold", { image: hold.image, dryRun: true })],
    ["a hold", 200, () => post("/hold", hold)],
    ["a release of what is free", 200, () => post("/release", hold)],
    ["a hold of what nobody knows", 404, () => post("/hold", { ...hold, image: `${NAME}@${keyOf("never").digest}` })],
    ["a hold without a reason", 400, () => post("/hold", { image: hold.image })],
    ["a hold with an empty reason", 400, () => post("/hold", { ...hold, reason: "  " })],
    ["a hold of no image", 400, () => post("/hold", { ...hold, image: "nothing" })],
    ["a hold with a key that means nothing", 400, () => post("/hold", { ...hold, dry_run: true })],
    ["a body that is no JSON", 400, () => post("/hold", "{")],
    ["a deeply nested body", 400, () => post("/hold", "[".repeat(30_000))],
    ["a body over 64 KiB", 413, () => post("/hold", { ...hold, reason: "x".repeat(70_000) })],
    ["a promotion's plan", 200, () => post("/promote", { image: GOOD, to: "stable", dryRun: true })],
    ["a promotion", 200, () => post("/promote", { image: GOOD, to: "stable", reason: "released" })],
    ["a promotion to where the tag is", 200, () => post("/promote", { image: GOOD, to: "1.0" })],
    ["a question for what bars a promotion", 200, () => post("/promote", { image: hold.image, to: "stable", dryRun: true })],
    ["a promotion of what violates", 409, () => post("/promote", { image: hold.image, to: "stable" })],
    ["a promotion of what nobody knows", 404, () => post("/promote", { image: `${NAME}@${keyOf("never").digest}`, to: "stable" })],
    ["a promotion to no tag", 400, () => post("/promote", { image: GOOD, to: "a b" })],
    ["an undo of two things", 400, () => post("/undo", { action: "hold:x:1", run: "policy-3", reason: "wrong" })],
    ["an undo that names nothing", 400, () => post("/undo", { reason: "wrong" })],
    ["an undo that nobody began", 404, () => get("/undos/undo-9")],
    ["an undo of nothing", 404, () => post("/undo", { action: "hold:x:1", reason: "wrong" })],
    ["a report", 200, () => post(`/reports?digest=${IMAGE.digest}&format=trivy`, { Results: [] })],
    ["a report on no digest", 400, () => post("/reports?digest=latest", {})],
    ["a sweep", 200, () => post("/sweep", "")],
    ["the runs", 200, () => get("/runs?state=stopped")],
    ["runs of no state", 400, () => get("/runs?state=waiting")],
    ["an approval", 200, () => post("/runs/policy-1/approve", { reason: "meant so", actor: "ann" })],
    ["a rejection", 200, () => post("/runs/policy-1/reject", { reason: "a mistake" })],
    ["an approval without a reason", 400, () => post("/runs/policy-1/approve", {})],
    ["an approval of no run", 404, () => post("/runs/policy-9/approve", { reason: "meant so" })],
    ["an approval of a run that nobody stopped", 409, () => post("/runs/feeds-2/approve", { reason: "meant so" })],
    ["a viewer who approves", 403, () => post("/runs/policy-1/approve", { reason: "meant so" }, VIEWER)],
    ["no token", 401, () => get("/images", "")],
    ["a wrong token", 401, () => get("/images", `${TOKEN}x`)],
    ["a viewer who acts", 403, () => post("/hold", hold, VIEWER)],
    ["a viewer who reads", 200, () => get("/status", VIEWER)],
  ];

  test.each(requests)("%s: %i", async (_name, status, request) => {
    expect(await answerTo(await seeded(), request())).toEqual({ status, faults: [] });
  });

  test("and the check of it can fail", async () => {
    const gate = await seeded();
    const document = await openApi(gate);
    const response = await gate.app.fetch(get("/images"));
    const json = { status: 200, headers: response.headers };
    expect(document.faultsOf(get("/images"), json, { images: [{ registry: 1 }] })).not.toEqual([]);
    expect(document.faultsOf(get("/images"), json, { images: [], surprise: true })).not.toEqual([]);
    expect(document.faultsOf(get("/images"), { ...json, status: 418 }, {})).not.toEqual([]);
  });
});

describe("images", () => {
  test("come page by page, each once", async () => {
    const gate = await seeded();
    const seen: string[] = [];
    for (let after: string | undefined = ""; after !== undefined; ) {
      const response: Response = await gate.app.fetch(get(`/images?limit=1${after === "" ? "" : `&after=${after}`}`));
      const page = ImagePage.parse(await response.json());
      seen.push(...page.images.map(({ repository }) => repository));
      after = page.next;
    }
    expect(seen).toEqual(["shop/api", "tools/build", "shop/web"]);
  });

  test.each([
    ["verdict=violating", ["shop/api"]],
    ["q=verdict:compliant", ["shop/web"]],
    ["q=repo:shop/*", ["shop/api", "shop/web"]],
    ["q=repo:*/web", ["shop/web"]],
    ["q=repo:shop/api", ["shop/api"]],
    ["q=shop/api:1.0", ["shop/api"]],
    ["q=SHOP%20web", ["shop/web"]],
    ["held=true", []],
    ["q=held:no%20tools", ["tools/build"]],
  ])("are found by %s", async (query, repositories) => {
    const gate = await seeded();
    const page = ImagePage.parse(await (await gate.app.fetch(get(`/images?${query}`))).json());
    expect(page.images.map(({ repository }) => repository)).toEqual(repositories);
  });
});

describe("an act", () => {
  test("in a dry run changes nothing, and is no `done`", async () => {
    const gate = await seeded();
    const response = await gate.app.fetch(post("/hold", { image: `${NAME}:1.0`, reason: "drill", dryRun: true }));
    expect(await response.json()).toMatchObject({ kind: "plan" });
    expect((await gate.store.ledger.image(IMAGE))?.hold.kind).toBe("free");
  });

  test("is taken back by the undo that its answer names", async () => {
    const gate = await seeded();
    const held = Done.parse(await (await gate.app.fetch(post("/hold", { image: `${NAME}:1.0`, reason: "leaked key" }))).json());
    expect(held).toMatchObject({
      kind: "done",
      image: { held: true, strength: "hidden" },
      action: { outcome: { kind: "applied" } },
      undo: `moorgate undo ${held.action.id}`,
    });
    const asked = { action: held.action.id, reason: "wrong image" };
    const plan = UndoPlanView.parse(await (await gate.app.fetch(post("/undo", { action: asked.action }))).json());
    expect(plan.steps).toMatchObject([{ verb: "release", takesBack: [held.action.id] }]);
    expect((await gate.store.ledger.image(IMAGE))?.hold.kind).toBe("held");
    expect((await gate.app.fetch(post("/undo", { ...asked, plan: "another" }))).status).toBe(409);
    expect((await gate.app.fetch(post("/undo", { action: asked.action, plan: plan.hash }))).status).toBe(400);
    const begun = UndoView.parse(await (await gate.app.fetch(post("/undo", { ...asked, plan: plan.hash }))).json());
    expect(begun).toMatchObject({ id: "undo-1", by: "operator", counts: { done: 1, waiting: 0 }, undo: "moorgate undo undo-1" });
    expect((await gate.store.ledger.image(IMAGE))?.hold.kind).toBe("free");
    expect(UndoView.parse(await (await gate.app.fetch(get("/undos/undo-1"))).json())).toEqual(begun);
    expect(UndoView.parse(await (await gate.app.fetch(get("/undos/undo-1?brief=true"))).json()).steps).toEqual([]);
  });

  test("is journaled for the person of the token, whoever the request says it is", async () => {
    const gate = await seeded();
    const named = Done.parse(await (await gate.app.fetch(post("/hold", { image: `${NAME}:1.0`, reason: "r", actor: "ada" }))).json());
    expect(named.action.actor).toEqual({ name: "operator", reason: "r" });
  });

  test("with the token that several people may have tells who says to use it as a part of the reason, never as the actor", () => {
    const token = accessToken("operator", ROLES, TOKEN);
    expect(actorOf({ ...token, isShared: true }, { actor: "ada", reason: "r" })).toEqual({
      name: "operator",
      reason: "r (says to be ada)",
    });
    expect(actorOf({ ...token, isShared: true }, { reason: "r" })).toEqual({ name: "operator", reason: "r" });
  });

  test("is not done by a cookie, which another site could send along", async () => {
    const gate = await seeded();
    const login = await gate.app.fetch(
      new Request(`http://${HOST}/login`, {
        method: "POST",
        headers: { origin: `http://${HOST}`, "content-type": "application/x-www-form-urlencoded" },
        body: `token=${TOKEN}`,
      }),
    );
    const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
    const headers = { cookie, origin: `http://${HOST}` };
    expect((await gate.app.fetch(new Request(`http://${HOST}/api/v1/status`, { headers }))).status).toBe(200);
    expect((await gate.app.fetch(new Request(`http://${HOST}/api/v1/hold`, { method: "POST", headers, body: "{}" }))).status).toBe(401);
  });
});

test("A path that the API does not have, and a method that a path does not take, are told apart", async () => {
  const gate = await seeded();
  expect((await gate.app.fetch(get("/nothing"))).status).toBe(404);
  const response = await gate.app.fetch(get("/hold"));
  expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
});

test("A wrong token is told to the gate, for the audit", async () => {
  const gate = await seeded();
  await gate.app.fetch(get("/status", "wrong"));
  expect(gate.refusals).toEqual([{ source: "api", why: "unauthenticated" }]);
});
