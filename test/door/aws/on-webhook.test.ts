import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answer } from "../../../functions/aws/function-url.ts";
import { onWebhook } from "../../../functions/aws/on-webhook.ts";
import { webApp } from "../../../functions/aws/web-app.ts";
import type { Wired } from "../../../functions/aws/wire.ts";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { printImageKey } from "../../../shared/domain/image-ref.ts";
import { imageNamed, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { openDoorGate, SETTINGS } from "./door-gate.ts";
import { DOMAIN, turn, urlEvent } from "./woken.ts";

const TOKEN = "a-token-of-ada-long-enough";
const PEOPLE = "people: [{ name: ada, token: env:ADA, roles: [reader] }]\n";
const OPERATORS = PEOPLE.replace("reader", "operator");
const fileWith = (people: string) => parseSettings(`${SETTINGS}${people}`, "moorgate.yaml", { ADA: TOKEN }, () => async () => undefined);

let small: SmallGate;
let app: ReturnType<typeof webApp>;
beforeEach(async () => {
  small = await startSmallGate();
  small.loseEvents(true);
  const { gate, store } = small;
  const file = fileWith(PEOPLE);
  const { clock, log } = gate.deps;
  const settings = { policyFile: "", settingsFile: "", trustRoots: "", hosts: ["gate.example"], roles: [], logLevel: "error" } as const;
  const wired: Wired = { gate, store, file, settings, clock, log, freshen: async () => {} };
  app = webApp(wired);
});
afterEach(() => small.stop());

const ask = (event: ReturnType<typeof urlEvent>) => answer(event, app.fetch);
const bearer = { authorization: `Bearer ${TOKEN}` };

describe("the Function URL of the gate", () => {
  test("takes what a registry outside posts with its secret, in base64 as well as plain, once", async () => {
    const key = await small.push("shop/api", "v1", imageNamed("one"));
    const target = { repository: "shop/api", digest: key.digest, tag: "v1" };
    const body = JSON.stringify({ events: [{ id: "e1", action: "push", target, request: { host: small.host } }] });
    const [watched] = small.gate.deps.registries.values();
    const headers = { "content-type": "application/json", authorization: `Bearer ${watched?.hookSecrets[0]}` };
    const encoded = { body: Buffer.from(body).toString("base64"), isBase64Encoded: true, headers };
    expect((await ask(urlEvent("POST", "/hooks/oci", encoded))).statusCode).toBe(202);
    expect((await ask(urlEvent("POST", "/hooks/oci", { body, headers }))).statusCode).toBe(200);
    expect((await ask(urlEvent("POST", "/hooks/oci", { body, headers: { ...headers, authorization: "Bearer guess" } }))).statusCode).toBe(
      401,
    );
    expect(await small.drain()).toBe(1);
    expect((await small.record(key)).hold.kind).toBe("held");
  });

  test("answers the API to whoever shows a token of the settings, and to nobody else", async () => {
    expect((await ask(urlEvent("GET", "/api/v1/images"))).statusCode).toBe(401);
    expect((await ask(urlEvent("GET", "/api/v1/images", { headers: bearer }))).statusCode).toBe(200);
    expect((await ask(urlEvent("POST", "/api/v1/sweep", { headers: bearer }))).statusCode).toBe(403);
  });

  test("does not say that nothing was heard, for other functions do that", async () => {
    const { body } = await ask(urlEvent("GET", "/api/v1/status", { headers: bearer }));
    expect(JSON.parse(body ?? "")).toMatchObject({ registries: [{ lastEventAt: "unknown", lastSweepAt: "never" }] });
  });

  test("says when another function has swept", async () => {
    await small.gate.operator.sweep();
    const { body } = await ask(urlEvent("GET", "/api/v1/status", { headers: bearer }));
    expect(JSON.parse(body ?? "")).toMatchObject({ registries: [{ lastSweepAt: expect.stringMatching(/^20/) }] });
  });

  test("is known under the name that Lambda gave it and under those of the settings alone", async () => {
    const under = async (domainName: string): Promise<number | undefined> => {
      const event = urlEvent("GET", "/api/v1/images", { headers: bearer });
      return (await ask({ ...event, requestContext: { ...event.requestContext, domainName } })).statusCode;
    };
    expect([await under(DOMAIN), await under("gate.example"), await under("evil.example"), await under(`${DOMAIN}.evil.example`)]).toEqual([
      200, 200, 421, 421,
    ]);
  });

  test("shows the dashboard's signing-in page to a browser", async () => {
    const page = await ask(urlEvent("GET", "/login", { headers: { accept: "text/html" } }));
    expect(page).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    expect(page.headers?.["content-security-policy"]).toContain("default-src 'none'");
  });

  test("answers no cluster: that is another function's", async () => {
    expect((await ask(urlEvent("POST", "/admission", { body: "{}" }))).statusCode).toBe(404);
  });
});

test("an act that hangs is answered in time, and writes nothing of what came of it when the function goes on with its next call", async () => {
  const [hanging, reached] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let writes = 0;
  const door = await openDoorGate({
    async around(request, next) {
      if (request.method === "GET" || request.method === "HEAD") return next(request);
      writes += 1;
      if (writes > 1) return next(request);
      reached.resolve();
      await hanging.promise;
      return new Response("", { status: 403 });
    },
  });
  const key = await door.push("shop/api", "v1", imageNamed("one"));
  const wired: Wired = { ...door.wired, file: fileWith(OPERATORS) };
  const hold = (over: AbortSignal) => {
    const body = JSON.stringify({ image: printImageKey(key), reason: "by hand" });
    const event = urlEvent("POST", "/api/v1/hold", { body, headers: { ...bearer, "content-type": "application/json" } });
    return onWebhook(wired, webApp(wired), event, { ...turn(), signal: over });
  };
  const over = new AbortController();
  const first = hold(over.signal);
  await reached.promise;
  over.abort();
  expect(await first).toMatchObject({ statusCode: 503 });
  const next = hold(new AbortController().signal);
  hanging.resolve();
  expect(await next).toMatchObject({ statusCode: 200 });
  expect((await door.record(key))?.hold.kind).toBe("held");
  const outcomes = (await door.store.ledger.journal(0, 100)).flatMap(({ event }) => (event.kind === "acted" ? [event.outcome.kind] : []));
  expect(outcomes).toEqual(["applied"]);
});
