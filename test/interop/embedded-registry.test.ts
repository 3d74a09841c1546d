import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endGate, gateFolder, type RunningGate, startGate, untilIdle, verifyJournal } from "../running/gate.ts";
import { run } from "../running/programs.ts";
import { pull } from "../running/push.ts";
import { type Client, crane, regctl, skopeo } from "./clients.ts";
import { type Layout, writeImageLayout, writeIndexLayout } from "./layout.ts";
import { cosignIn, notationIn } from "./signers.ts";

// Judges everything and holds nothing: this is about the registry.
const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: interop }
mode: dry-run
rules:
  - { id: known, rule: severity-threshold, atLeast: critical, level: audit }
`;

const dir = mkdtempSync(join(tmpdir(), "moorgate-interop-"));
let gate: RunningGate;
let image: Layout;
let index: Layout;

beforeAll(async () => {
  gate = await startGate(gateFolder({ policy: POLICY }));
  image = writeImageLayout(join(dir, "image"));
  index = writeIndexLayout(join(dir, "index"));
});

afterAll(async () => {
  await endGate(gate);
  rmSync(dir, { recursive: true, force: true });
});

const clients: Readonly<Record<string, () => Client>> = {
  skopeo: () => skopeo,
  crane: () => crane,
  regctl: () => regctl(join(dir, "regctl.json"), gate.registry),
};

describe.each(Object.entries(clients))("%s", (name, make) => {
  test("pushes an image of three layers and pulls the same digest", async () => {
    const reference = `${gate.registry}/${name}/image:v1`;
    await make().push(image, reference);
    expect(await make().digest(reference)).toBe(image.digest);
    expect(await make().pull(reference, join(dir, `${name}-image`))).toBe(image.digest);
  });

  test("pushes an index with its children and pulls the same digest", async () => {
    const reference = `${gate.registry}/${name}/index:v1`;
    await make().push(index, reference);
    expect(await make().digest(reference)).toBe(index.digest);
    for (const child of index.children) expect((await pull(gate.registry, `${name}/index`, child)).status).toBe(200);
  });

  test("copies between repositories, lists tags, and removes by digest", async () => {
    const from = `${gate.registry}/${name}/image:v1`;
    for (const tag of ["v1", "v2", "latest"]) await make().copy(from, `${gate.registry}/${name}/copy:${tag}`);
    expect([...(await make().tags(`${gate.registry}/${name}/copy`))].sort()).toEqual(["latest", "v1", "v2"]);
    await make().remove(`${gate.registry}/${name}/copy`, image.digest);
    expect((await pull(gate.registry, `${name}/copy`, "v1")).status).toBe(404);
    expect((await pull(gate.registry, `${name}/copy`, image.digest)).status).toBe(404);
    expect((await pull(gate.registry, `${name}/image`, "v1")).status).toBe(200);
  });
});

test("crane reads every blob of an image and lists the catalogue", async () => {
  await run("crane", ["validate", "--insecure", "--remote", `${gate.registry}/crane/image:v1`]);
  expect((await run("crane", ["catalog", "--insecure", gate.registry])).split("\n")).toContain("skopeo/index");
});

describe("cosign", () => {
  test.each(["bundle", "tag"] as const)("signs an image in the form %s and verifies it", async (form) => {
    const cosign = await cosignIn(join(dir, `cosign-${form}`));
    const reference = `${gate.registry}/cosign/${form}@${image.digest}`;
    await crane.push(image, `${gate.registry}/cosign/${form}:v1`);
    await cosign.sign(reference, form);
    expect(await cosign.verifies(reference)).toBe(true);
  });

  test("signs an index and attests a statement", async () => {
    const cosign = await cosignIn(join(dir, "cosign-index"));
    const reference = `${gate.registry}/cosign/index@${index.digest}`;
    await crane.push(index, `${gate.registry}/cosign/index:v1`);
    await cosign.sign(reference, "bundle");
    await cosign.attest(reference, { built: "by a test" });
    expect(await cosign.verifies(reference)).toBe(true);
  });

  test("refuses another's key", async () => {
    const stranger = await cosignIn(join(dir, "stranger"));
    expect(await stranger.verifies(`${gate.registry}/cosign/bundle@${image.digest}`)).toBe(false);
  });
});

describe("notation", () => {
  test.each(["api", "tag"] as const)("signs, lists and verifies with the list in the %s", async (place) => {
    const notation = await notationIn(join(dir, `notation-${place}`));
    const reference = `${gate.registry}/notation/${place}@${image.digest}`;
    await skopeo.push(image, `${gate.registry}/notation/${place}:v1`);
    await notation.sign(reference, place);
    expect(await notation.list(reference)).toContain("application/vnd.cncf.notary.signature");
    expect(await notation.verifies(reference)).toBe(true);
  });
});

test("regctl finds the referrers that cosign and notation left", async () => {
  const list = (repository: string): Promise<string> =>
    run("regctl", ["artifact", "list", `${gate.registry}/${repository}@${image.digest}`, "--host", `reg=${gate.registry},tls=disabled`], {
      env: { REGCTL_CONFIG: join(dir, "regctl.json") },
    });
  expect(await list("cosign/bundle")).toContain("application/vnd.dev.sigstore.bundle.v0.3+json");
  expect(await list("notation/api")).toContain("application/vnd.cncf.notary.signature");
});

test("afterwards every image has been judged and the journal is whole", async () => {
  await untilIdle(gate);
  const images = await gate.images();
  expect(images.map(({ repository }) => repository)).toEqual(
    expect.arrayContaining(["skopeo/image", "crane/index", "regctl/image", "cosign/bundle", "notation/tag"]),
  );
  expect(images.filter(({ verdict, held }) => verdict === "none" || held)).toEqual([]);
  await gate.process.end("SIGTERM");
  expect(await verifyJournal(gate.dir)).toMatchObject({ code: 0 });
});
