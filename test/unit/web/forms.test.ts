import { describe, expect, test } from "vitest";
import { printImageKey } from "../../../shared/domain/image-ref.ts";
import { instant } from "../../../shared/domain/time.ts";
import { openWebGate, TOKEN, VIEWER } from "../../fakes/web-gate.ts";
import { NOW } from "../../fixtures/records.ts";
import { BAD, csrfIn, form, PATH, request, show, signIn, withBad } from "./browser.ts";

describe("signing in", () => {
  test("is asked for by every page, and leads back to it", async () => {
    const response = await openWebGate().app.fetch(request("/images?q=held:yes"));
    expect([response.status, response.headers.get("location")]).toEqual([303, "/login?next=%2Fimages%3Fq%3Dheld%3Ayes"]);
  });

  test("gives a cookie that scripts and other sites cannot use, without the token in it", async () => {
    const response = await openWebGate().app.fetch(form("/login", { token: ` ${TOKEN} `, next: "/audit" }));
    const cookie = response.headers.get("set-cookie") ?? "";
    expect([response.status, response.headers.get("location")]).toEqual([303, "/audit"]);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Strict/);
    expect(cookie).not.toContain(TOKEN);
  });

  test.each(["//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/x\r\nset-cookie: a=b"])(
    "never leads to another site: %s",
    async (next) => {
      const response = await openWebGate().app.fetch(form("/login", { token: TOKEN, next }));
      expect(response.headers.get("location")).toBe("/");
    },
  );

  test("with a wrong token is refused and told to the gate", async () => {
    const gate = openWebGate();
    const response = await gate.app.fetch(form("/login", { token: "wrong" }));
    expect([response.status, response.headers.get("set-cookie")]).toEqual([401, null]);
    expect(gate.refusals).toEqual([{ source: "login", why: "unauthenticated" }]);
  });

  test("from another site is refused, also with the right token", async () => {
    const response = await openWebGate().app.fetch(form("/login", { token: TOKEN }, { origin: "http://evil.example" }));
    expect([response.status, response.headers.get("set-cookie")]).toEqual([403, null]);
  });

  test("ends after twelve hours", async () => {
    let now = NOW;
    const gate = openWebGate(() => now);
    const cookie = await signIn(gate);
    now = instant(NOW + 12 * 3_600_000 - 1);
    expect((await gate.app.fetch(request("/", { cookie }))).status).toBe(200);
    now = instant(NOW + 12 * 3_600_000);
    expect((await gate.app.fetch(request("/", { cookie }))).status).toBe(303);
  });

  test("cannot be forged: not by another gate's cookie, not by a later end", async () => {
    const gate = openWebGate();
    const [name = "", value = ""] = (await signIn(gate)).split("=");
    const [id = "", expiry = "", signature = ""] = value.split(".");
    const forged = [
      `${id}.${Number(expiry) + 1}.${signature}`,
      `${id}.${expiry}.`,
      `${id}.${expiry}`,
      `${id}.${expiry}.${signature}.x`,
      "",
    ];
    for (const text of forged) expect((await gate.app.fetch(request("/", { cookie: `${name}=${text}` }))).status, text).toBe(303);
  });
});

describe("a form", () => {
  test("holds only after its plan was shown, and the page offers the way back", async () => {
    const gate = await withBad();
    const cookie = await signIn(gate);
    const csrf = csrfIn(await show(gate, PATH));
    const session = await (await gate.app.fetch(request(PATH, { cookie }))).text();
    const fields = { csrf: csrfIn(session), image: printImageKey(BAD), reason: "leaked key" };
    expect(csrf).not.toBe(fields.csrf);
    const plan = await gate.app.fetch(form("/act/hold", fields, { cookie }));
    expect(plan.status).toBe(200);
    expect((await gate.store.ledger.image(BAD))?.hold.kind).toBe("free");
    const done = await gate.app.fetch(form("/act/hold", { ...fields, confirmed: "yes" }, { cookie }));
    expect(done.status).toBe(303);
    expect(await gate.store.ledger.image(BAD)).toMatchObject({
      hold: { kind: "held" },
      override: { actor: { name: "operator", reason: "leaked key" } },
    });
    const after = await (await gate.app.fetch(request(done.headers.get("location") ?? "", { cookie }))).text();
    expect(after).toContain('action="/act/undo"');
  });

  test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, number]>([
    ["without its token", { csrf: "" }, {}, 403],
    ["from another site", {}, { origin: "http://evil.example" }, 403],
    ["from a page without an origin", {}, { origin: "null" }, 403],
    ["that a browser calls cross-site", {}, { "sec-fetch-site": "cross-site" }, 403],
    ["without a reason", { reason: " " }, {}, 400],
    ["about something that is no image", { image: "<script>" }, {}, 400],
    ["larger than a form", { reason: "x".repeat(20_000) }, {}, 413],
  ])("%s does nothing", async (_name, fields, headers, status) => {
    const gate = await withBad();
    const cookie = await signIn(gate);
    const csrf = csrfIn(await (await gate.app.fetch(request(PATH, { cookie }))).text());
    const whole = { csrf, image: printImageKey(BAD), reason: "leaked key", confirmed: "yes", ...fields };
    const response = await gate.app.fetch(form("/act/hold", whole, { cookie, ...headers }));
    expect(response.status).toBe(status);
    expect((await gate.store.ledger.image(BAD))?.hold.kind).toBe("free");
  });

  test("whose reason a shell would run shows a command that is safe to paste", async () => {
    const gate = await withBad();
    const cookie = await signIn(gate);
    const csrf = csrfIn(await (await gate.app.fetch(request(PATH, { cookie }))).text());
    const plan = await gate.app.fetch(form("/act/hold", { csrf, image: printImageKey(BAD), reason: "it's $(reboot)" }, { cookie }));
    expect(await plan.text()).toContain(`--reason &#39;it&#39;\\&#39;&#39;s $(reboot)&#39;`);
  });

  test("of a viewer does nothing, and the page does not offer it", async () => {
    const gate = await withBad();
    const cookie = await signIn(gate, VIEWER);
    const page = await (await gate.app.fetch(request(PATH, { cookie }))).text();
    expect(page).not.toContain("/act/hold");
    const response = await gate.app.fetch(
      form("/act/hold", { csrf: csrfIn(page), image: printImageKey(BAD), reason: "x", confirmed: "yes" }, { cookie }),
    );
    expect(response.status).toBe(403);
    expect((await gate.store.ledger.image(BAD))?.hold.kind).toBe("free");
  });
});
