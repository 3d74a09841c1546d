import { afterEach, expect, test } from "vitest";
import { buildImage } from "../../../functions/local/samples/image.ts";
import { parsePolicy } from "../../../shared/policy/document.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { indexOf, sbom, type World, worldOf } from "./world.ts";

/** A digest, a vulnerability, a base image: each is looked for in all that is stored. */

let world: World;
afterEach(() => world.gate.stop());

function trivy(id: string, aliases: readonly string[] = []): Uint8Array {
  const found = { VulnerabilityID: id, VendorIDs: aliases, PkgName: "openssl", InstalledVersion: "3.0.11", Severity: "HIGH" };
  return Buffer.from(
    JSON.stringify({
      SchemaVersion: 2,
      CreatedAt: new Date().toISOString(),
      ArtifactName: "x",
      ArtifactType: "container_image",
      Results: [{ Target: "os", Class: "os-pkgs", Type: "debian", Vulnerabilities: [found] }],
    }),
  );
}

const tagsOf = (list: Awaited<ReturnType<World["list"]>>) => list.images.flatMap(({ tags }) => tags).sort();
const policyWith = (rule: string) =>
  parsePolicy(
    `apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: next }\nmode: enforce\nrules:\n${rule.replace(/^/gm, "  ")}\n`,
    "policy.yaml",
    "0",
  );

test("a digest is found in every repository that has it and in every index with it, and held in all of them", async () => {
  world = await worldOf({ other: "none" }, []);
  const image = imageNamed("shared");
  const { index, first } = indexOf("multi", image);
  await world.gate.push("shop/api", "1.0", image);
  await world.gate.push("tools/build", "again", image);
  await world.gate.push("team/multi", undefined, first);
  await world.gate.push("team/multi", undefined, image);
  await world.gate.push("team/multi", "all", index);
  await world.gate.drain();
  const { digest } = image.manifest;
  await expect(world.list(digest)).rejects.toThrow(/names no place/);
  for (const query of [digest, `${world.gate.host}/shop/api:1.0`, `${world.gate.host}/shop/api@${digest}`]) {
    const list = await world.list(query, { everywhere: true });
    expect(tagsOf(list)).toEqual(["1.0", "again", "all"]);
    expect(policyWith(list.rule).rules).toMatchObject([{ rule: "expression" }]);
  }
  const list = await world.list(digest, { everywhere: true, inUse: true });
  const { emergency } = world.gate.gate.operator;
  const started = await emergency.start({
    query: digest,
    everywhere: true,
    inUse: true,
    list: list.list,
    actor: { name: "ann", reason: "leaked key" },
  });
  if (started.kind !== "started") throw new Error(started.why);
  const report = await world.settle(started.report.run);
  expect(report.progress.map(({ kind }) => kind)).toEqual(["held", "held", "held"]);
});

test("a vulnerability is found under its other names; where nobody scanned, nothing is known", async () => {
  world = await worldOf({ a: "none", b: "none", c: "none", d: ["openssl 3.0.11"] }, []);
  const post = (name: string, bytes: Uint8Array) => world.gate.gate.operator.postReport(world.key(name).digest, undefined, bytes);
  await post("a", trivy("CVE-2026-1111", ["GHSA-aaaa-bbbb-cccc"]));
  await post("b", trivy("GHSA-aaaa-bbbb-cccc"));
  await post("c", trivy("CVE-2026-2222"));
  await world.gate.drain();
  const list = await world.list("cve-2026-1111");
  expect(tagsOf(list)).toEqual(["a", "b"]);
  expect(list.alsoKnownAs).toEqual(["GHSA-aaaa-bbbb-cccc"]);
  expect(list.unsure).toMatchObject([{ tags: ["d"], kind: "not-known" }]);
  expect(list.clear).toBe(1);
  expect(policyWith(list.rule).rules).toMatchObject([{ rule: "severity-threshold", ids: ["CVE-2026-1111", "GHSA-aaaa-bbbb-cccc"] }]);
  // A scan of two days ago cannot know of it.
  world.gate.pass(2 * 86_400_000);
  const { unsure } = await world.list("CVE-2026-1111");
  expect(Object.fromEntries(unsure.map(({ tags, kind }) => [tags[0], kind]))).toEqual({ c: "old", d: "not-known" });
});

test("a base image is found by what images claim; what claims nothing is not known", async () => {
  world = await worldOf({ silent: "none" }, []);
  const built = (name: string, base: string) =>
    buildImage({
      platform: { os: "linux", architecture: "amd64" },
      created: "2026-01-01T00:00:00Z",
      files: [{ path: "n", content: name }],
      labels: { "org.opencontainers.image.base.name": base },
    });
  await world.gate.push("shop/api", "on-debian", built("a", "debian:12"));
  await world.gate.push("shop/web", "on-alpine", built("b", "docker.io/library/alpine:3"));
  await world.gate.drain();
  const list = await world.list("base:docker.io/library/debian:12");
  expect(tagsOf(list)).toEqual(["on-debian"]);
  expect(list).toMatchObject({ clear: 1, unsure: [{ tags: ["silent"], kind: "not-known" }] });
  await world.gate.changePolicy(
    `apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: next }\nmode: enforce\nrules:\n${list.rule.replace(/^/gm, "  ")}\n`,
  );
  await world.gate.drain();
  const { items } = await world.gate.store.ledger.images({ verdict: "violating", limit: 10 });
  expect(items.flatMap(({ tags }) => tags)).toEqual(["on-debian"]);
});

test("an image whose newest SBOM no longer names the package is not concerned, and a very old SBOM is told as such", async () => {
  world = await worldOf({ a: ["log4j-core 2.14.1"], b: ["slf4j 1.0.0"] }, []);
  await world.gate.gate.operator.postReport(world.key("a").digest, undefined, sbom(["log4j-core 2.17.1"]));
  await world.gate.drain();
  expect(await world.list()).toMatchObject({ images: [], clear: 2 });
  world.gate.pass(31 * 86_400_000);
  expect(await world.list()).toMatchObject({ clear: 0, unsure: [{ kind: "old" }, { kind: "old" }] });
});
