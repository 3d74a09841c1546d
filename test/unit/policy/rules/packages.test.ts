import { describe, expect, test } from "vitest";
import { clean, content, inventory, judge, looked, outcome, pkg, UNREAD } from "./given.ts";

const banned = (pattern: string, ...packages: readonly ReturnType<typeof pkg>[]) =>
  outcome(judge(`rule: package-banned, packages: [{ ${pattern} }]`, clean(inventory(...packages))));

describe("package-banned", () => {
  test.each([
    ["name: left-pad", pkg("left-pad", "1.0.0"), true],
    ["name: left-*", pkg("left-pad", "1.0.0"), true],
    ["name: left-pad", pkg("left-pad-2", "1.0.0"), false],
    ["name: '@babel/*'", pkg("@babel/core", "7.0.0"), true],
    ["purl: pkg:npm/left-pad", pkg("left-pad", "1.0.0", { purl: "pkg:npm/left-pad@1.0.0" }), true],
    ["purl: 'pkg:npm/@babel/core'", pkg("@babel/core", "7.0.0", { purl: "pkg:npm/%40babel/core@7.0.0" }), true],
    [
      "purl: pkg:deb/*/openssl",
      pkg("openssl", "3.0", { type: "deb", purl: "pkg:deb/debian/openssl@3.0?arch=amd64&distro=debian-12" }),
      true,
    ],
    ["purl: pkg:deb/*/openssl@3.0", pkg("openssl", "3.0", { type: "deb", purl: "pkg:deb/debian/openssl@3.0?arch=amd64" }), true],
    ["purl: pkg:deb/*/openssl@3.1", pkg("openssl", "3.0", { type: "deb", purl: "pkg:deb/debian/openssl@3.0?arch=amd64" }), false],
    ["name: openssl, type: deb", pkg("openssl", "3.0", { type: "debian", purl: "pkg:deb/debian/openssl@3.0" }), true],
    ["name: openssl, type: rpm", pkg("openssl", "3.0", { type: "debian", purl: "pkg:deb/debian/openssl@3.0" }), false],
    ["name: a, versions: '>=1.0.0 <2.0.0'", pkg("a", "1.9.9"), true],
    ["name: a, versions: '>=1.0.0 <2.0.0'", pkg("a", "2.0.0"), false],
    ["name: a, versions: '<1.2.3'", pkg("a", "1.2.3-rc.1"), true],
    ["name: a, versions: '<1.2.3'", pkg("a", "v1.2.2", { type: "gobinary" }), true],
    ["name: a, versions: 1.2.3-1+deb12u1", pkg("a", "1.2.3-1+deb12u1", { type: "deb" }), true],
    ["name: a, versions: 1.2.3-1", pkg("a", "1.2.3-2", { type: "deb" }), false],
  ])("%s against %j", (pattern, found, isBanned) => {
    expect(banned(pattern, found)).toEqual(isBanned ? [`violated a|banned|${found.name}`] : []);
  });

  test("is unknown where a range meets versions that it cannot order", () => {
    expect(banned("name: a, versions: '<1.2.3'", pkg("a", "1.0-1", { type: "deb" }))).toEqual(["unknown a|banned a"]);
    expect(banned("name: a, versions: '<1.2.3'", pkg("a", "latest"))).toEqual(["unknown a|banned a"]);
  });

  test.each([
    ["<2.15.0", "2.14.1", "violated"],
    ["<2.15.0", "2.15.0", "fine"],
    ["<2.15.0", "2.15", "fine"],
    ["<=2.15", "2.15.0", "violated"],
    [">=2.0 <2.15", "2.0-beta9", "unknown"],
    [">=2.0 <2.15", "2.12.1.redhat-00001", "violated"],
    ["<2.15.0", "2.15.0-rc1", "unknown"],
    ["<2.15.0", "2.15.0.1", "fine"],
    ["<2.15.0", "latest", "unknown"],
    ["<2.15.0", "1!2.0", "unknown"],
    ["2.14.1", "2.14.1", "violated"],
    ["2.14.1", "2.14", "fine"],
    ["<2.15.0-beta", "2.15.0", "unknown"],
    [">=0.0.0", "2.14.1", "violated"],
    ["*", "2.14.1", "violated"],
  ])("orders Maven's versions by their numbers: %s of %s is %s", (versions, version, expected) => {
    const [fact] = banned(`name: a, versions: '${versions}'`, pkg("a", version, { type: "java-archive" }));
    expect((fact ?? "fine").split(" ")[0]).toBe(expected);
  });

  test("is unknown where a purl is asked for and a package of that name has none", () => {
    expect(banned("purl: pkg:npm/left-pad", pkg("left-pad", "1.0.0"), pkg("other", "1.0.0"))).toEqual(["unknown a|banned left-pad"]);
  });

  test("tells a package once, however many versions and places it has", () => {
    expect(banned("name: a", pkg("a", "1.0.0"), pkg("a", "1.0.0", { path: "x" }), pkg("a", "2.0.0"))).toEqual(["violated a|banned|a"]);
  });

  test.each([[{ kind: "absent" } as const], [{ kind: "failed", why: "x" } as const], [UNREAD]])(
    "is unknown without an inventory: %j",
    (evidence) => {
      expect(outcome(judge("rule: package-banned, packages: [{ name: a }]", clean({ inventory: evidence })))).toEqual([
        "unknown a|inventory",
      ]);
    },
  );
});

describe("package-required", () => {
  const rule = "rule: package-required, packages: [{ name: agent, versions: '>=2.0.0' }]";

  test("wants each package in the named versions", () => {
    expect(outcome(judge(rule, clean(inventory(pkg("agent", "2.1.0")))))).toEqual([]);
    expect(outcome(judge(rule, clean(inventory(pkg("agent", "1.9.0")))))).toEqual(["violated a|required|agent >=2.0.0"]);
    expect(outcome(judge(rule, clean(inventory())))).toEqual(["violated a|required|agent >=2.0.0"]);
  });

  test("is unknown where the version cannot be compared, or nobody tells what is in it", () => {
    expect(outcome(judge(rule, clean(inventory(pkg("agent", "2.1-1", { type: "deb" })))))).toEqual(["unknown a|required agent >=2.0.0"]);
    expect(outcome(judge(rule, clean()))).toEqual(["unknown a|inventory"]);
  });
});

describe("licence", () => {
  const of = (settings: string, ...licences: readonly string[]) =>
    outcome(judge(`rule: licence, ${settings}`, clean(inventory(pkg("lib", "1.0.0", { licences })))));

  test.each([
    ["MIT", "allowed"],
    ["AGPL-3.0-only", "denied"],
    ["MIT OR AGPL-3.0-only", "allowed"],
    ["MIT AND AGPL-3.0-only", "denied"],
    ["(MIT OR Apache-2.0) AND (AGPL-3.0-only OR BSD-3-Clause)", "allowed"],
    ["AGPL-3.0-or-later WITH Classpath-exception-2.0", "denied"],
  ])("denies AGPL-3.0-* of the expression %s: %s", (expression, expected) => {
    expect(of("deny: AGPL-3.0-*", expression)).toEqual(expected === "denied" ? ["violated a|licence|lib"] : []);
  });

  test.each([
    ["MIT", "allowed"],
    ["GPL-2.0-only", "denied"],
    ["GPL-2.0-only WITH Classpath-exception-2.0", "allowed"],
    ["MIT OR GPL-2.0-only", "allowed"],
    ["MIT AND GPL-2.0-only", "denied"],
  ])("with a list of what is allowed judges %s: %s", (expression, expected) => {
    const settings = "allow: [MIT, 'GPL-2.0-only WITH Classpath-exception-2.0']";
    expect(of(settings, expression)).toEqual(expected === "denied" ? ["violated a|licence|lib"] : []);
  });

  test("counts several licences of one package together", () => {
    expect(of("deny: AGPL-3.0-only", "MIT", "AGPL-3.0-only")).toEqual(["violated a|licence|lib"]);
  });

  test.each([[[]], [["NOASSERTION"]], [["Some words of a lawyer"]], [["(".repeat(100_000)]]])(
    "does not take %j for a licence",
    (licences) => {
      expect(of("deny: AGPL-3.0-only", ...licences)).toEqual(["unknown a|undeclared"]);
      expect(of("deny: AGPL-3.0-only, whenUndeclared: violated", ...licences)).toEqual(["violated a|undeclared"]);
      expect(of("deny: AGPL-3.0-only, whenUndeclared: ignore", ...licences)).toEqual([]);
    },
  );

  test("passes over packages that are excepted", () => {
    expect(of("deny: AGPL-3.0-only, except: [{ name: lib }]", "AGPL-3.0-only")).toEqual([]);
  });

  test("is satisfied by a licence scan alone, and unknown without any source", () => {
    const rule = "rule: licence, deny: AGPL-3.0-only";
    expect(outcome(judge(rule, clean()))).toEqual(["unknown a|inventory"]);
    expect(outcome(judge(rule, looked(["licence"])))).toEqual([]);
    const found = content("licence", "AGPL-3.0-only", { package: { name: "lib", version: "1" } });
    expect(outcome(judge(rule, looked(["licence"], found)))).toEqual(["violated a|licence|lib"]);
  });
});
