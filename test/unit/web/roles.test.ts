import { describe, expect, test } from "vitest";
import { ROLES, type Role } from "../../../shared/domain/role.ts";
import { accessToken, findToken, may } from "../../../shared/web/access.ts";
import { APPROVER, HOST, openWebGate, REPORTER, TOKEN, VIEWER } from "../../fakes/web-gate.ts";
import { form, request } from "./browser.ts";
import { openApi } from "./open-api.ts";

const ALLOWED: Readonly<Record<Role, readonly Role[]>> = {
  reader: ["reader"],
  operator: ["reader", "operator"],
  approver: ["reader", "approver"],
  reporter: ["reporter"],
};

describe("a role", () => {
  test.each(ROLES)("%s allows what it says and nothing else", (role) => {
    expect(ROLES.filter((needed) => may({ roles: [role] }, needed))).toEqual(ROLES.filter((needed) => ALLOWED[role].includes(needed)));
  });

  test("adds to the others that a person has, and none allows nothing", () => {
    expect(ROLES.filter((needed) => may({ roles: ["approver", "reporter"] }, needed))).toEqual(["reader", "approver", "reporter"]);
    expect(ROLES.some((needed) => may({ roles: [] }, needed))).toBe(false);
  });
});

test("A token is found by the whole of it alone", () => {
  const tokens = [accessToken("ann", ["reader"], "a".repeat(16)), accessToken("ben", ["reader"], "b".repeat(16))];
  expect(findToken(tokens, "b".repeat(16))?.name).toBe("ben");
  for (const wrong of ["", "b".repeat(15), "b".repeat(17), "B".repeat(16)]) expect(findToken(tokens, wrong)).toBeUndefined();
});

describe("at the API", () => {
  const ask = (path: string, token: string, method = "GET"): Request =>
    new Request(`http://${HOST}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(method === "POST" ? { body: "{}" } : {}),
    });

  test("each route asks for its role: who has no token is a stranger, who has no role is told which", async () => {
    const gate = openWebGate();
    const { document } = await openApi(gate);
    const tokens: readonly (readonly [string, readonly Role[]])[] = [
      [TOKEN, ROLES],
      [VIEWER, ["reader"]],
      [APPROVER, ["approver"]],
      [REPORTER, ["reporter"]],
    ];
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { description = "" }]) => [path, method.toUpperCase(), /role (\w+)/.exec(description)?.[1]] as const,
      ),
    );
    expect(routes.length).toBeGreaterThan(10);
    for (const [path, method, needed] of routes) {
      const stranger = await gate.app.fetch(ask(path, "no-token-of-anybody", method));
      expect(stranger.status, `${method} ${path}`).toBe(401);
      for (const [token, roles] of tokens) {
        const { status } = await gate.app.fetch(ask(path, token, method));
        const isAllowed = may({ roles }, needed as Role);
        expect(status === 403, `${method} ${path} for ${roles.join()}: ${status}`).toBe(!isAllowed);
      }
    }
  });

  test("a refusal says who lacks what, where to get it, and is told to the gate", async () => {
    const gate = openWebGate();
    const response = await gate.app.fetch(ask("/api/v1/hold", VIEWER, "POST"));
    const problem = (await response.json()) as Readonly<Record<string, string>>;
    expect(problem).toMatchObject({ type: "urn:moorgate:problem:forbidden", status: 403 });
    expect(problem["detail"]).toContain("operator");
    expect(problem["next"]).toContain("people");
    expect(gate.refusals).toEqual([{ source: "api/viewer", why: "forbidden" }]);
  });

  test("figures are for readers", async () => {
    const gate = openWebGate();
    expect((await gate.app.fetch(ask("/metrics", APPROVER))).status).toBe(200);
    expect((await gate.app.fetch(ask("/metrics", REPORTER))).status).toBe(403);
    expect((await gate.app.fetch(ask("/metrics", "no-token-of-anybody"))).status).toBe(401);
  });
});

test("Who may not read is not signed in, and is told which role that takes", async () => {
  const gate = openWebGate();
  const response = await gate.app.fetch(form("/login", { token: REPORTER }));
  expect([response.status, response.headers.get("set-cookie")]).toEqual([403, null]);
  expect(await response.text()).toContain("needs reader");
  expect((await gate.app.fetch(request("/"))).status).toBe(303);
});
