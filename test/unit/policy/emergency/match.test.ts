import { describe, expect, test } from "vitest";
import type { BaseQuery, Concerned } from "../../../../shared/domain/emergency.ts";
import type { ImageEvidence } from "../../../../shared/domain/evidence.ts";
import { parseTag } from "../../../../shared/domain/image-ref.ts";
import type { InventoryPackage } from "../../../../shared/domain/inventory.ts";
import { UNKNOWN_BASE, withBase } from "../../../../shared/policy/emergency/built-on.ts";
import { concernedBy, type Question } from "../../../../shared/policy/emergency/match.ts";
import { parseHoldTarget } from "../../../../shared/policy/emergency/query.ts";
import { evidenceOf, findingOf } from "../../../fixtures/evidence.ts";
import { at, digestOf, keyOf, NOW } from "../../../fixtures/records.ts";
import { config } from "../rules/given.ts";

const IMAGE = keyOf("a");

function pkg(name: string, version: string, fields: Partial<InventoryPackage> = {}): InventoryPackage {
  return { name, version, type: "java-archive", licences: [], ...fields };
}

function sbom(packages: readonly InventoryPackage[], madeAt: typeof NOW | "unknown" = NOW): Pick<ImageEvidence, "inventory"> {
  return {
    inventory: { kind: "reported", inventories: [{ format: "spdx-json", tool: "syft", madeAt, digest: digestOf("sbom"), packages }] },
  };
}

function packageQuestion(text: string): Question {
  const read = parseHoldTarget(text);
  if (read.kind !== "package") throw new Error(text);
  return read;
}

const ask = (text: string, evidence: ImageEvidence): Concerned => concernedBy(packageQuestion(text), IMAGE, evidence);
const with14 = evidenceOf([], sbom([pkg("log4j-core", "2.14.1")]));

describe("a package", () => {
  test.each([
    ["log4j-core", "yes"],
    ["log4j-core@<2.15.0", "yes"],
    ["log4j-core@2.14.1", "yes"],
    ["log4j-core@>=2.15", "clear"],
    ["log4j", "clear"],
    ["pkg:maven/org.apache.logging.log4j/log4j-core", "perhaps"],
    ["org.apache.logging.log4j:log4j-core", "perhaps"],
  ])("%s in log4j-core 2.14.1 of which no package URL is told: %s", (text, kind) => {
    expect(ask(text, with14).kind).toBe(kind);
  });

  test("is found under its name with the group, without it, and by its package URL", () => {
    const long = evidenceOf([], sbom([pkg("org.apache.logging.log4j:log4j-core", "2.14.1", { type: "jar" })]));
    const purl = evidenceOf([], sbom([pkg("log4j-core", "2.14.1", { purl: "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1" })]));
    const texts = ["log4j-core@<2.15.0", "org.apache.logging.log4j:log4j-core@<2.15.0"];
    for (const text of texts) for (const evidence of [long, purl]) expect(ask(text, evidence).kind).toBe("yes");
    expect(ask("pkg:maven/org.apache.logging.log4j/log4j-core@<2.15", purl).kind).toBe("yes");
    expect(ask("pkg:maven/other/log4j-core", purl).kind).toBe("clear");
  });

  test("is found by the source package that it was built from", () => {
    const evidence = evidenceOf([], sbom([pkg("liblzma5", "5.6.0", { type: "deb", source: "xz-utils" })]));
    expect(ask("xz-utils@5.6.0", evidence)).toMatchObject({
      kind: "yes",
      facts: [{ what: "liblzma5 5.6.0 (of xz-utils)", by: "SBOM of syft", at: NOW }],
    });
  });

  test("is found in what a scan found, also in one that is too old, without any SBOM", () => {
    const found = findingOf("CVE-2021-44228", { package: { name: "log4j-core", version: "2.14.1", type: "jar" } });
    const scanned = evidenceOf([found]);
    expect(ask("log4j-core@<2.15.0", scanned)).toMatchObject({ kind: "yes", facts: [{ by: "scan of trivy" }] });
    if (scanned.findings.kind !== "reported") throw new Error("the fixture is a report");
    const stale = { ...scanned, findings: { kind: "stale" as const, why: "old", reports: scanned.findings.reports } };
    expect(ask("log4j-core@<2.15.0", stale).kind).toBe("yes");
  });

  test("that no SBOM could name is not known, whatever scans found beside it", () => {
    expect(ask("left-pad", evidenceOf([findingOf("CVE-2026-1")])).kind).toBe("not-known");
    expect(ask("left-pad", evidenceOf([], { inventory: { kind: "failed", why: "no JSON" } }))).toMatchObject({
      kind: "not-known",
      why: "its SBOM is unreadable: no JSON",
    });
    expect(ask("left-pad", evidenceOf([], { inventory: { kind: "unavailable", why: "timeout" } })).kind).toBe("not-known");
  });

  test("in a version that cannot be compared is neither concerned nor clear", () => {
    expect(ask("openssl@<3.0.12", evidenceOf([], sbom([pkg("openssl", "3.0.11-1~deb12u2", { type: "deb" })]))).kind).toBe("perhaps");
  });
});

describe("an index", () => {
  const clear = (name: string, when: typeof NOW | "unknown" = NOW) => child(name, sbom([pkg("other", "1")], when));
  const child = (name: string, fields: Partial<ImageEvidence>) =>
    evidenceOf([], { subject: { digest: digestOf(name), kind: "image", tags: [], firstSeenAt: NOW }, ...fields });
  const index = (...children: readonly ImageEvidence[]) => evidenceOf([], { children });

  test("is concerned by any platform, which is named", () => {
    const amd = child("amd64", sbom([pkg("log4j-core", "2.14.1")]));
    expect(ask("log4j-core", index(clear("arm64"), amd))).toMatchObject({ kind: "yes", facts: [{ child: digestOf("amd64") }] });
  });

  test("is not known while one of its platforms is not, though its own SBOM names it not", () => {
    expect(ask("log4j-core", { ...index(clear("arm64"), child("amd64", {})), ...sbom([]) }).kind).toBe("not-known");
    expect(ask("log4j-core", { ...index(child("amd64", {})), ...sbom([pkg("log4j-core", "2")]) }).kind).toBe("yes");
  });

  test("is clear by the older of its platforms' SBOMs", () => {
    expect(ask("log4j-core", index(clear("a", at(5)), clear("b", at(1))))).toEqual({ kind: "clear", at: at(1) });
    expect(ask("log4j-core", index(clear("a", at(5)), clear("b", "unknown")))).toEqual({ kind: "clear", at: "unknown" });
  });
});

describe("a vulnerability", () => {
  const question: Question = { kind: "vulnerability", names: ["CVE-2021-44228", "GHSA-jfh8-c2jp-5v3q"] };
  const of = (evidence: ImageEvidence) => concernedBy(question, IMAGE, evidence);

  test("is found by its id, by an alias, and under another of its names", () => {
    expect(of(evidenceOf([findingOf("CVE-2021-44228")]))).toMatchObject({
      kind: "yes",
      facts: [{ what: "CVE-2021-44228 in openssl 3.0.11" }],
    });
    expect(of(evidenceOf([findingOf("X-1", { aliases: ["CVE-2021-44228"] })])).kind).toBe("yes");
    expect(of(evidenceOf([findingOf("GHSA-jfh8-c2jp-5v3q")])).kind).toBe("yes");
    expect(of(evidenceOf([findingOf("CVE-2021-44229")])).kind).toBe("clear");
  });

  test("is told with what its scanner says against it, and still found", () => {
    const status = { kind: "not-affected", by: "vendor" } as const;
    expect(of(evidenceOf([findingOf("CVE-2021-44228", { status })]))).toMatchObject({
      kind: "yes",
      facts: [{ what: "CVE-2021-44228 in openssl 3.0.11, not-affected by vendor" }],
    });
  });

  test.each([
    [{ kind: "absent" } as const],
    [{ kind: "pending", why: "running" } as const],
    [{ kind: "failed", why: "broken" } as const],
    [{ kind: "unsupported", why: "windows" } as const],
    [{ kind: "stale", why: "90 d", reports: [] } as const],
    [{ kind: "unavailable", why: "timeout" } as const],
  ])("is not known where findings are %j", (findings) => {
    expect(of(evidenceOf([], { findings, ...sbom([]) })).kind).toBe("not-known");
  });
});

describe("a base image", () => {
  const NAME: BaseQuery = { kind: "base", name: "docker.io/library/debian:12" };
  const layered = (...layers: readonly string[]): Pick<ImageEvidence, "config"> => config({ layers });
  const claiming = (annotations: Readonly<Record<string, string>>): Pick<ImageEvidence, "subject"> => ({
    subject: { digest: digestOf("a"), kind: "image", tags: [], firstSeenAt: NOW, annotations },
  });
  const named = (name: string) => claiming({ "org.opencontainers.image.base.name": name });
  const of = (query: BaseQuery, evidence: ImageEvidence, known = UNKNOWN_BASE) =>
    concernedBy({ kind: "base", query, known }, IMAGE, evidence).kind;
  const base = {
    ...evidenceOf([], layered("l1", "l2")),
    subject: { digest: digestOf("base"), kind: "image", tags: [], firstSeenAt: NOW },
  } as const;
  const known = withBase(UNKNOWN_BASE, NAME, keyOf("base", "library/debian", "docker.io"), [parseTag("12")], base);

  test.each([
    ["docker.io/library/debian:12", "yes"],
    ["debian:12", "yes"],
    ["debian:11", "clear"],
    ["debian", "not-known"],
    ["alpine:3", "clear"],
  ])("is told by the annotation %s: %s", (name, kind) => {
    expect(of(NAME, evidenceOf([], named(name)))).toBe(kind);
  });

  test("without a tag means any tag", () => {
    expect(of({ kind: "base", name: "docker.io/library/debian" }, evidenceOf([], named("debian:11")))).toBe("yes");
  });

  test("is proven by the layers that a stored base has, whatever is claimed", () => {
    expect(of(NAME, evidenceOf([], { ...layered("l1", "l2", "app"), ...named("alpine:3") }), known)).toBe("yes");
    expect(of(NAME, evidenceOf([], layered("l1", "app")), known)).toBe("not-known");
    expect(of(NAME, evidenceOf([], layered("l1", "app")))).toBe("not-known");
  });

  test("by digest is that digest, an image with its layers, and an image that claims it; all others are clear once it is stored", () => {
    const query: BaseQuery = { kind: "base", digest: digestOf("base") };
    const stored = withBase(UNKNOWN_BASE, query, keyOf("base"), [], base);
    expect(of(query, base)).toBe("yes");
    expect(of(query, evidenceOf([], layered("l1", "l2", "app")), stored)).toBe("yes");
    expect(of(query, evidenceOf([], claiming({ "org.opencontainers.image.base.digest": digestOf("base") })))).toBe("yes");
    expect(of(query, evidenceOf([], claiming({ "org.opencontainers.image.base.digest": digestOf("other") })))).toBe("not-known");
    expect(of(query, evidenceOf([], claiming({ "org.opencontainers.image.base.digest": digestOf("other") })), stored)).toBe("clear");
    expect(of(query, evidenceOf([], layered("x")), stored)).toBe("clear");
  });

  test("that is another image adds nothing, and one without layers is nobody's base", () => {
    expect(withBase(UNKNOWN_BASE, NAME, keyOf("x", "library/debian", "docker.io"), [parseTag("11")], base)).toBe(UNKNOWN_BASE);
    const empty = withBase(UNKNOWN_BASE, NAME, keyOf("base", "library/debian", "docker.io"), [parseTag("12")], {
      ...base,
      config: { kind: "absent" },
    });
    expect(of(NAME, evidenceOf([], layered("l1")), empty)).toBe("not-known");
  });
});
