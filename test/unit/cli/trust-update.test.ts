import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lookAtTrustRoot } from "../../../functions/cli/doctor-trust-roots.ts";
import { parseInstant } from "../../../shared/domain/time.ts";
import { serveTuf, type TufMirror } from "../../fakes/tuf-mirror.ts";
import { ISSUER, makeInstance, rootOf, SUBJECT } from "../../fixtures/sigstore.ts";
import { makeTuf, type TufRepository } from "../../fixtures/tuf.ts";
import { run } from "./run.ts";

let folder = "";
let policy = "";
let tuf: TufRepository;
let server: TufMirror;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-trust-update-"));
  policy = join(folder, "policy.yaml");
  tuf = makeTuf();
  tuf.publish(JSON.stringify(rootOf(makeInstance())));
  server = await serveTuf(tuf);
  writeFileSync(join(folder, "root.json"), tuf.anchor);
  write(`mirror: { url: "${server.mirror.url.href}", root: root.json, internal: true }`);
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(root: string): void {
  writeFileSync(
    policy,
    `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: signed }
mode: enforce
trust:
  identities: [{ name: ci, issuer: "${ISSUER}", subject: "${SUBJECT}" }]
  sigstore: [{ name: own, ${root} }]
rules:
  - { id: signed, rule: signature-required }
`,
  );
}
const update = (...more: readonly string[]) => run(["trust", "update", "--policy", policy, "--state", folder, ...more]);

test("trust update fetches what every other command uses, and exit 4 tells a mirror that gives nothing", async () => {
  const simulate = () => run(["waiver", "list", "--policy", policy, "--state", folder]);
  expect((await simulate()).exit).toBe(3);
  expect(await update()).toMatchObject({ exit: 0, out: expect.stringContaining("good until 2099-01-01") });
  expect((await simulate()).exit).toBe(0);
  tuf.publish("no root");
  const failed = await update();
  expect(failed).toMatchObject({ exit: 4, out: expect.stringContaining("stays in use") });
  expect(JSON.parse((await update("--json")).out).trustRoots).toMatchObject([{ name: "own", isRead: true, fault: expect.any(String) }]);
  expect((await simulate()).exit).toBe(0);
});

test("trust update of a policy without mirrors asks nobody", async () => {
  write("root: trusted_root.json");
  expect(await update()).toMatchObject({ exit: 0, out: expect.stringContaining("NOTHING") });
  expect(server.heard).toEqual([]);
});

describe("doctor", () => {
  test("tells of the roots that are kept where no gate runs", async () => {
    const look = async () => (await run(["doctor", "--policy", policy, "--state", folder])).out;
    expect(await look()).toContain("trusted root own");
    expect(await look()).toContain("never read whole");
    await update();
    expect(await look()).toContain("good until 2099-01-01");
  });

  const root = { name: "own", source: "https://tuf.example/", isRead: true, checkedAt: "2026-11-20T12:00:00Z" };
  const now = parseInstant("2026-11-21T12:00:00Z");

  test("finds a confirmed root well, and one whose mirror's word has ended to be mended", () => {
    expect(lookAtTrustRoot({ ...root, expiresAt: "2026-11-28T00:00:00Z" }, now).state).toBe("well");
    expect(lookAtTrustRoot({ ...root, expiresAt: "2026-11-21T11:59:59Z" }, now)).toMatchObject({
      state: "mend",
      fact: expect.stringContaining("2026-11-21T11:59:59Z"),
    });
  });

  test("tells why a mirror could not be read, and whether there is a root all the same", () => {
    expect(lookAtTrustRoot({ ...root, fault: "answered 503" }, now)).toMatchObject({
      state: "mend",
      next: expect.stringContaining("stays in use"),
    });
    expect(lookAtTrustRoot({ ...root, isRead: false }, now)).toMatchObject({ state: "mend", next: expect.stringContaining("nothing") });
  });
});
