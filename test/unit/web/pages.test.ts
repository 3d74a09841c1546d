import { describe, expect, test } from "vitest";
import { acted, correlationOf, signature } from "../../../shared/audit/record.ts";
import { printImageKey } from "../../../shared/domain/image-ref.ts";
import { instant, printInstant } from "../../../shared/domain/time.ts";
import { actionView, imageView } from "../../../shared/web/api/view.ts";
import { openWebGate, STATUS, VIEWER } from "../../fakes/web-gate.ts";
import { actionOf, at, digestOf, keyOf, NOW, reasonOf, recordOf, verdictOf } from "../../fixtures/records.ts";
import { BAD, ORIGIN, PATH, request, show, signIn, withBad } from "./browser.ts";

describe("foreign text", () => {
  // Names of packages, people and rules; a registry or a report may say anything.
  const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(1)>'\u202Egnp`;

  test("comes out escaped on every page, in every place", async () => {
    const gate = openWebGate();
    const reasons = [reasonOf({ key: EVIL, ruleId: EVIL, message: EVIL, remedy: EVIL, place: EVIL })];
    const key = keyOf("evil");
    const actor = { name: EVIL, reason: EVIL };
    await gate.remember(
      recordOf(key, {
        verdict: verdictOf("violating", { reasons, policy: { name: EVIL, version: EVIL } }),
        pushedBy: EVIL,
        platforms: [EVIL],
        evidence: { findings: { kind: "failed", counts: {}, why: EVIL }, signatures: { kind: "examined", verified: [EVIL], found: 1 } },
      }),
    );
    await gate.deps.operator.hold({ image: key, actor });
    await gate.store.ledger.append([{ kind: "refused", id: "1", correlationId: "1", at: NOW, source: EVIL, why: EVIL, count: 1 }]);
    await gate.store.ledger.append([{ kind: "parked", id: "2", correlationId: "2", at: NOW, work: EVIL, why: EVIL }]);
    gate.answers.status = {
      ...STATUS,
      version: EVIL,
      policy: { ...STATUS.policy, name: EVIL, version: EVIL, file: EVIL },
      sinks: [{ name: EVIL, state: "paused", waiting: 1, dead: 1, lastError: EVIL }],
    };
    const query = encodeURIComponent(EVIL);
    const image = `/images/${printImageKey(key)}`;
    for (const path of [
      "/",
      "/images",
      `/images?q=${query}`,
      `/images?q=held:${query}`,
      image,
      `${image}?action=${query}`,
      "/audit",
      `/audit?chain=${query}&kind=${query}`,
      `/images/${query}`,
    ]) {
      const page = await show(gate, path);
      expect(page, path).toContain("</html>");
      expect(page, path).not.toMatch(/<script>|<img|\u202E/);
    }
    const login = await (await gate.app.fetch(request(`/login?next=/${query}`))).text();
    expect(login).not.toContain("<script>");
  });
});

describe("a page", () => {
  test("allows nothing but its own files, and is kept by no cache", async () => {
    const gate = openWebGate();
    const { headers } = await gate.app.fetch(request("/", { cookie: await signIn(gate) }));
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect([headers.get("x-content-type-options"), headers.get("cache-control"), headers.get("cross-origin-opener-policy")]).toEqual([
      "nosniff",
      "no-store",
      "same-origin",
    ]);
  });

  test("has no style or script of its own, and names no other site", async () => {
    const gate = await withBad();
    for (const path of ["/", "/images", PATH, "/audit"]) {
      const page = await show(gate, path);
      expect(page, path).not.toMatch(/ style=| on[a-z]+=|<style|<script(?! src="\/)|(?:src|href|action)="(?:https?:)?\/\//);
    }
  });

  test("is not shown under a name that is not the gate's, but hooks and probes answer under any", async () => {
    const gate = openWebGate();
    const cookie = await signIn(gate);
    const status = async (path: string, method = "GET"): Promise<number> =>
      (await gate.app.fetch(new Request(`http://evil.example${path}`, { method, headers: { cookie, host: "evil.example" } }))).status;
    expect([await status("/"), await status("/api/v1/status"), await status("/healthz"), await status("/hooks/oci", "POST")]).toEqual([
      421, 421, 200, 202,
    ]);
  });

  test("shows at most one alarm, however much is wrong", async () => {
    const gate = openWebGate();
    for (const name of ["a", "b", "c"]) await gate.remember(recordOf(keyOf(name), { verdict: verdictOf("violating") }));
    gate.answers.status = {
      ...STATUS,
      sinks: [
        { name: "soc", state: "paused", waiting: 3, dead: 1 },
        { name: "pager", state: "disabled", waiting: 3, dead: 1 },
      ],
    };
    expect((await show(gate, "/")).match(/class="alarm"/g)).toHaveLength(1);
  });

  test("lists whether an image is held beside its name too, for a screen without room for a column", async () => {
    const gate = openWebGate();
    const hold = { kind: "held", since: NOW, actionId: "x", strength: "hidden" } as const;
    await gate.remember(recordOf(BAD, { verdict: verdictOf("violating"), hold }));
    expect(await show(gate, "/images")).toMatch(/<span class="narrow[^>]*><span class="tag">.*?hidden<\/span>/);
  });

  test("of an image that a person released asks nobody again", async () => {
    const gate = openWebGate();
    await gate.remember(
      recordOf(BAD, {
        verdict: verdictOf("violating"),
        override: { kind: "release", actor: { name: "ada", reason: "not reachable" }, at: NOW, forReasons: [] },
      }),
    );
    expect(await show(gate, "/")).toContain("Nothing needs you");
  });

  test("of a digest leads to its image; one that lies in two repositories to both", async () => {
    const gate = await withBad();
    const cookie = await signIn(gate);
    const lead = async (): Promise<string | null> =>
      (await gate.app.fetch(request(`/images/${BAD.digest}`, { cookie }))).headers.get("location");
    expect(await lead()).toBe(PATH);
    await gate.remember(recordOf(keyOf("bad", "shop/copy")));
    expect(await lead()).toBe(`/images?q=${encodeURIComponent(`digest:${BAD.digest}`)}`);
  });

  test("that does not exist says what to do, with the right status", async () => {
    const gate = openWebGate();
    const cookie = await signIn(gate);
    for (const path of ["/nothing", "/images/shop", `/images/${printImageKey(keyOf("never"))}`, "/images/%zz"]) {
      expect((await gate.app.fetch(request(path, { cookie }))).status, path).toBe(404);
    }
  });

  test("warns that a journal entry on it was changed", async () => {
    const gate = await withBad();
    const recent = gate.deps.ledger.recent;
    expect(await show(gate, "/audit")).not.toContain('role="alert"');
    Object.assign(gate.deps.ledger, {
      recent: async (query: Parameters<typeof recent>[0]) =>
        (await recent(query)).map((entry) => ({ ...entry, event: { ...entry.event, at: instant(1) } })),
    });
    expect(await show(gate, "/audit")).toContain('role="alert"');
  });
});

test("Files are asked for again by their ETag", async () => {
  const gate = openWebGate();
  for (const path of ["/style.css", "/app.js", "/icon.svg"]) {
    const first = await gate.app.fetch(request(path));
    const etag = first.headers.get("etag") ?? "";
    expect([first.status, etag.length > 2], path).toEqual([200, true]);
    expect((await gate.app.fetch(request(path, { "if-none-match": etag }))).status, path).toBe(304);
  }
});

describe("probes and figures", () => {
  test("a gate is ready while a sink is down, and not while its store is closed", async () => {
    const gate = openWebGate();
    gate.answers.status = { ...STATUS, sinks: [{ name: "soc", state: "paused", waiting: 9, dead: 0 }] };
    expect((await gate.app.fetch(request("/readyz"))).status).toBe(200);
    await gate.store.close();
    expect((await gate.app.fetch(request("/readyz"))).status).toBe(503);
    expect((await gate.app.fetch(request("/healthz"))).status).toBe(200);
  });

  test("figures need a token, and count refused deliveries", async () => {
    const gate = await withBad();
    gate.answers.received = { kind: "unauthenticated" };
    await gate.app.fetch(new Request(`${ORIGIN}/hooks/oci`, { method: "POST", body: "{}" }));
    expect((await gate.app.fetch(request("/metrics"))).status).toBe(401);
    const text = await (await gate.app.fetch(request("/metrics", { authorization: `Bearer ${VIEWER}` }))).text();
    expect(text).toContain('moorgate_webhook_rejected_total{reason="unauthenticated"} 1\n');
    expect(text).toContain('moorgate_images{verdict="violating"} 1\n');
  });

  test("figures tell the age of a feed, and that one was never read", async () => {
    const gate = await withBad();
    const read = { name: "knownExploited", source: "file kev.json", madeAt: at(-60_000), checkedAt: NOW, entries: 3 } as const;
    const never = { name: "exploitPrediction", source: "file epss.csv", fault: "it cannot be read" } as const;
    gate.answers.status = { ...STATUS, feeds: [read, never] };
    const text = await (await gate.app.fetch(request("/metrics", { authorization: `Bearer ${VIEWER}` }))).text();
    expect(text).toContain('moorgate_feed_age_seconds{feed="knownExploited"} 60\n');
    expect(text).toContain('moorgate_feed_usable{feed="exploitPrediction"} 0\n');
    expect(text).toContain('moorgate_feed_failing{feed="exploitPrediction"} 1\n');
    expect(text).not.toContain('moorgate_feed_age_seconds{feed="exploitPrediction"}');
  });
});

test("the page of an image that was signed and is not any more says so, and by whose doing", async () => {
  const gate = openWebGate();
  const key = keyOf("unsigned now");
  const signatures = [{ format: "cosign" as const, place: digestOf("signature"), identity: "release" }];
  const loss = { at: NOW, cause: "deleted" as const, actor: "mallory" };
  const record = recordOf(key, { signed: { signatures, policy: "v1", loss } });
  const occasion = { image: key, tags: [], at: NOW, correlationId: correlationOf(key, 1) };
  await gate.store.ledger.commit({
    image: record,
    intents: [],
    outcomes: [],
    journal: [signature(occasion, { state: "lost", signatures, loss })],
  });
  const page = await show(gate, `/images/${printImageKey(key)}`);
  const [block = "", timeline = ""] = page.split('id="timeline"');
  for (const part of [block, timeline]) for (const word of ["release", "mallory", "deleted"]) expect(part).toContain(word);
  expect(await show(gate, "/audit?kind=signature")).toContain("release");
  expect(imageView(record).signatureLost).toEqual({ signers: ["release"], cause: "deleted", at: printInstant(NOW), actor: "mallory" });
  expect(imageView(recordOf(key, { signed: { signatures, policy: "v1" } }))).not.toHaveProperty("signatureLost");
});

test("what asked for an act stands on the image's page, in its timeline and in the API", async () => {
  const gate = openWebGate();
  const key = keyOf("held by a run");
  const action = { ...actionOf(key, "hold", 1), cause: { run: "policy-7", policy: "826771e6bfc6" } };
  const outcome = { kind: "applied", at: NOW, strength: "hidden", notes: [] } as const;
  const occasion = { image: key, tags: [], at: NOW, correlationId: correlationOf(key, 1) };
  await gate.store.ledger.commit({
    image: recordOf(key),
    intents: [action],
    outcomes: [{ actionId: action.id, outcome }],
    journal: [acted(occasion, action, outcome)],
  });
  const [block = "", timeline = ""] = (await show(gate, `/images/${printImageKey(key)}`)).split('id="timeline"');
  for (const part of [block, timeline]) for (const word of ["policy-7", "826771e6bfc6"]) expect(part).toContain(word);
  expect(actionView({ action, outcome }).cause).toMatchObject({ run: "policy-7", policy: "826771e6bfc6" });
});

describe("an image that is in use and violates the policy", () => {
  const deadline = {
    since: {},
    until: at(3_600_000),
    afterwards: "tell",
    use: { kind: "running", workloads: ["east: shop/Deployment/api"], owners: ["team-shop"] },
    isOver: false,
  } as const;
  const key = keyOf("running");

  test.each([
    ["is no alarm while its deadline runs", false],
    ["is one when it is over", true],
  ])("%s, and the page says until when and who runs it", async (_, isOver) => {
    const gate = openWebGate();
    await gate.remember(recordOf(key, { verdict: verdictOf("violating"), deadline: { ...deadline, isOver } }));
    const page = await show(gate, "/");
    expect(page).toContain("shop/Deployment/api");
    expect(page).toContain("2026-11-21 13:00Z");
    expect(page.includes('<li class="alarm"')).toBe(isOver);
  });

  test("stands in the API with its owners", () => {
    expect(imageView(recordOf(key, { verdict: verdictOf("violating"), deadline })).deadline).toEqual({
      until: printInstant(deadline.until),
      isOver: false,
      afterwards: "tell",
      use: "running",
      workloads: ["east: shop/Deployment/api"],
      owners: ["team-shop"],
    });
  });
});

test("every page that an act leads to has its own answer where it knows nothing, and is not taken for an address that is no page", async () => {
  const gate = openWebGate();
  expect(await show(gate, "/undos/undo-9")).toContain("No undo has this name.");
  expect(await show(gate, "/nowhere")).toContain("There is no such page.");
});
