import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listen } from "../../../functions/local/listen.ts";
import { openWebGate, TOKEN, type WebGate } from "../../fakes/web-gate.ts";
import { CONCERNED, EMERGENCY } from "../../fixtures/emergency.ts";
import { digestOf } from "../../fixtures/records.ts";
import { type Ran, run } from "./run.ts";

let gate: WebGate;
let folder: string;
let door: Awaited<ReturnType<typeof listen>>;
const paths: string[] = [];

beforeEach(async () => {
  gate = openWebGate();
  paths.length = 0;
  folder = mkdtempSync(join(tmpdir(), "moorgate-hold-"));
  writeFileSync(join(folder, "token"), TOKEN);
  door = await listen({ host: "127.0.0.1", port: 0, flag: "--port", requestTimeoutMs: 10_000 }, (request) => {
    paths.push(new URL(request.url).pathname);
    return gate.app.fetch(request);
  });
});
afterEach(async () => {
  await door.stop();
  rmSync(folder, { recursive: true });
});

function hold(words: readonly string[], answer?: boolean): Promise<Ran> {
  const to = ["--url", `http://127.0.0.1:${door.port}`, "--token-file", join(folder, "token")];
  return run(["hold", ...words, ...to], answer === undefined ? {} : { answer });
}

const QUERY = "log4j-core@<2.15.0";
const WHY = ["--reason", "log4shell"];
const SETTLED = { ...EMERGENCY, progress: EMERGENCY.progress.map(({ key }) => ({ key, kind: "held", strength: "hidden" }) as const) };

test("a dry run needs no reason, shows those in use first, what is not known and the rule, and starts nothing", async () => {
  const { exit, out } = await hold([QUERY, "--dry-run"]);
  expect(exit).toBe(1);
  const places = ["IN USE", "shop/Deployment/api", "TO BE HELD", "NOT KNOWN", "there is no SBOM", "no-log4j-core"].map((text) =>
    out.indexOf(text),
  );
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
  expect(paths).toEqual(["/api/v1/emergencies/preview"]);
});

test.each([
  ["nothing", [QUERY]],
  ["no reason", [QUERY, "--yes"]],
  ["JSON and nobody to ask", [QUERY, ...WHY, "--json"]],
  ["what could be two things", ["shop/api", ...WHY, "--yes"]],
  ["an unknown form", ["log4j*", ...WHY, "--yes"]],
])("%s is wrong use, and asks the gate nothing", async (_, words) => {
  expect((await hold(words)).exit).toBe(3);
  expect(paths).toEqual([]);
});

test("a person is asked after the list was shown, and a no changes nothing", async () => {
  const { exit, err, asked } = await hold([QUERY, ...WHY], false);
  expect([exit, asked.length]).toEqual([1, 1]);
  expect(err).toContain("TO BE HELD");
  expect(paths).not.toContain("/api/v1/emergencies");
});

test.each([
  ["what failed", EMERGENCY, 4],
  ["what came into use", { ...SETTLED, progress: [{ key: SETTLED.images[0], kind: "left", why: "it runs by now" }] }, 1],
  ["all held, and one of which nothing is known", SETTLED, 2],
  ["all held and all known", { ...SETTLED, unsure: 0 }, 0],
])("the exit code tells %s", async (_, report, exit) => {
  gate.answers.emergency = { list: CONCERNED, report: report as typeof EMERGENCY };
  const ran = await hold([QUERY, ...WHY, "--yes", "--json"]);
  expect(ran.exit).toBe(exit);
  expect(JSON.parse(ran.out)).toMatchObject({ list: { list: CONCERNED.list }, report: { run: "emergency-4" } });
});

test("a run that the brake stopped is not waited for: it is told how to go on", async () => {
  const { endedAt: _, ...open } = EMERGENCY;
  const waiting = EMERGENCY.images.map((key) => ({ key, kind: "waiting" }) as const);
  gate.answers.emergency = { list: CONCERNED, report: { ...open, state: "stopped", progress: waiting } };
  const { exit, out } = await hold([QUERY, ...WHY, "--yes"]);
  expect(exit).toBe(1);
  expect(out).toContain("approve emergency-4");
  expect(out).toContain("moorgate undo emergency-4");
});

test("nothing to be held starts nothing, and says whether that is because nothing is concerned", async () => {
  gate.answers.emergency = { list: { ...CONCERNED, images: [], unsure: [] }, report: EMERGENCY };
  expect((await hold([QUERY, ...WHY, "--yes"])).exit).toBe(0);
  gate.answers.emergency = { list: { ...CONCERNED, images: [] }, report: EMERGENCY };
  expect((await hold([QUERY, ...WHY, "--yes"])).exit).toBe(2);
  gate.answers.emergency = { list: { ...CONCERNED, images: CONCERNED.images.slice(0, 1) }, report: EMERGENCY };
  expect((await hold([QUERY, ...WHY, "--yes"])).exit).toBe(1);
  expect(paths).not.toContain("/api/v1/emergencies");
});

test("one image is held as ever, and with --everywhere it is looked for in every place", async () => {
  const image = `registry.example:5000/shop/api@${digestOf("a")}`;
  await hold([image, ...WHY, "--yes"]);
  expect(paths).toEqual(["/api/v1/hold"]);
  paths.length = 0;
  await hold([image, "--everywhere", "--dry-run"]);
  expect(paths).toEqual(["/api/v1/emergencies/preview"]);
});
