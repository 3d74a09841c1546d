import { afterEach, describe, expect, test } from "vitest";
import { present } from "../../fixtures/present.ts";
import { type Desk, openDesk } from "./world.ts";

/** What takes two people, asked for and confirmed over the API of a whole gate. */

const DELETING = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: two }
mode: enforce
enforcement: { deleteHeldAfter: 1s, inUse: { deadline: 0s, afterwards: hold } }
trust: { keys: [{ name: release, file: release.pub }] }
rules:
  - { id: signed, rule: signature-required, grace: 0s }
`;
const ALLOWING = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: two }
mode: enforce
rules:
  - { id: licences, rule: licence, deny: [AGPL-3.0-only], level: warn }
`;

let desk: Desk;
afterEach(() => desk.stop());

async function told(kind: string) {
  const { body } = await desk.ask("ann", "GET", "/journal?limit=500");
  return (body.entries ?? []).map(({ event }) => event).filter((event) => event.kind === kind);
}

async function stoppedRun(): Promise<{ readonly id: string; readonly cause: string }> {
  const { runs: [run] = [] } = await desk.when("/runs?state=stopped", ({ runs }) => runs?.length === 1);
  return present(run);
}

const imageOf = (digest: string): string => `/images?q=digest:${digest}`;

async function startEmergency(): Promise<{ readonly digest: string; readonly run: string }> {
  desk = await openDesk(ALLOWING, "emergency");
  const digest = await desk.push("api");
  await desk.when(imageOf(digest), ({ images }) => images?.[0]?.verdict === "compliant");
  const query = { query: digest, everywhere: true, inUse: true };
  const preview = await desk.ask("ann", "POST", "/emergencies/preview", query);
  const started = await desk.ask("ann", "POST", "/emergencies", { ...query, list: preview.body.list, reason: "leaked key" });
  expect([preview.status, started.status]).toEqual([200, 200]);
  return { digest, run: present(started.body.run) };
}

/** One of two asks for it. @returns the name of what waits for the other */
async function askFor(run: string): Promise<string> {
  const asked = await desk.ask("ann", "POST", `/runs/${run}/approve`, { reason: "seen" });
  expect(asked).toMatchObject({ status: 409, body: { type: "urn:moorgate:problem:proposed" } });
  const { body } = await desk.ask("ben", "GET", "/proposals?state=open");
  return present(body.proposals?.[0]?.id);
}

/** Nobody but another person can confirm it, and until then nothing is done. */
async function letGoOn(run: string): Promise<void> {
  const proposal = await askFor(run);
  expect((await desk.ask("ann", "POST", `/proposals/${proposal}/confirm`, { reason: "agreed" })).status).toBe(409);
  expect((await stoppedRun()).id).toBe(run);
  expect((await desk.ask("ben", "POST", `/proposals/${proposal}/confirm`, { reason: "agreed" })).status).toBe(200);
}

describe("fourEyes: [delete]", () => {
  test("what was held long enough is deleted when two people said so, and not before; the journal has both of them", async () => {
    desk = await openDesk(DELETING, "delete");
    const report = { place: "east", seenAt: new Date().toISOString(), images: [], unmatched: [], nothingRuns: true };
    expect((await desk.ask("ann", "POST", "/usage", report)).status).toBe(200);
    const digest = await desk.push("api");
    const { images } = await desk.when(imageOf(digest), ({ images: [image] = [] }) => image?.deletion?.waitsIn !== undefined);
    const run = await stoppedRun();
    expect(run).toMatchObject({ cause: "deletion", held: 0, waiting: 1 });
    expect(images).toMatchObject([{ held: true, deletion: { waitsIn: run.id } }]);
    await letGoOn(run.id);
    await desk.when(imageOf(digest), ({ images: [image] = [] }) => image?.deleted !== undefined);
    const deleted = (await told("acted")).filter(({ action }) => action?.verb === "delete");
    expect(deleted).toMatchObject([{ action: { cause: { run: run.id } }, outcome: { kind: "applied" } }]);
    expect(await told("proposed")).toMatchObject([
      { state: "proposed", by: { name: "ann" } },
      { state: "confirmed", by: { name: "ben" } },
    ]);
    expect(await desk.pull("api", digest)).not.toBe(200);
  });
});

describe("fourEyes: [emergency]", () => {
  test("nothing is held for an emergency before two people said so", async () => {
    const { digest, run } = await startEmergency();
    expect(await stoppedRun()).toMatchObject({ id: run, cause: "emergency", held: 0, waiting: 1 });
    expect(await desk.pull("api", digest)).toBe(200);
    await letGoOn(run);
    await desk.when(imageOf(digest), ({ images }) => images?.[0]?.held === true);
    expect(await desk.pull("api", digest)).not.toBe(200);
    expect(await told("proposed")).toMatchObject([{ by: { name: "ann" } }, { by: { name: "ben" } }]);
  });

  test("what another declined is not held, and the run stays stopped", async () => {
    const { digest, run } = await startEmergency();
    await stoppedRun();
    const proposal = await askFor(run);
    expect((await desk.ask("ben", "POST", `/proposals/${proposal}/decline`, { reason: "wrong digest" })).status).toBe(200);
    expect((await stoppedRun()).id).toBe(run);
    expect(await desk.pull("api", digest)).toBe(200);
  });
});
