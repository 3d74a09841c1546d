import { describe, expect, test } from "vitest";
import { ParseError } from "../../../../shared/domain/parse-error.ts";
import { parseHoldTarget, printHoldTarget } from "../../../../shared/policy/emergency/query.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("what to hold is read as", () => {
  test.each<readonly [string, object]>([
    [DIGEST, { kind: "digest", digest: DIGEST }],
    [`registry.example/shop/api@${DIGEST}`, { kind: "image" }],
    [`registry.example/shop/api:1.0@${DIGEST}`, { kind: "image" }],
    ["127.0.0.1:5055/shop/api:1.0", { kind: "image" }],
    ["CVE-2021-44228", { kind: "vulnerability", id: "CVE-2021-44228" }],
    ["cve-2021-44228", { kind: "vulnerability", id: "CVE-2021-44228" }],
    ["ghsa-JFH8-c2jp-5v3q", { kind: "vulnerability", id: "GHSA-jfh8-c2jp-5v3q" }],
    ["RUSTSEC-2021-0079", { kind: "vulnerability", id: "RUSTSEC-2021-0079" }],
    ["SNYK-JAVA-ORGAPACHELOGGINGLOG4J-2314720", { kind: "vulnerability", id: "SNYK-JAVA-ORGAPACHELOGGINGLOG4J-2314720" }],
    ["id:prisma2021", { kind: "vulnerability", id: "prisma2021" }],
    ["log4j-core", { kind: "package", name: "log4j-core" }],
    ["log4j-core@<2.15.0", { kind: "package", name: "log4j-core", versions: "<2.15.0" }],
    ["log4j-core@2.14.1", { kind: "package", name: "log4j-core", versions: "2.14.1" }],
    ["openssl@3.0.11-1~deb12u2", { kind: "package", name: "openssl", versions: "3.0.11-1~deb12u2" }],
    [
      "org.apache.logging.log4j:log4j-core@>=2.0 <2.15",
      { kind: "package", name: "org.apache.logging.log4j:log4j-core", versions: ">=2.0 <2.15" },
    ],
    ["@babel/core", { kind: "package", name: "@babel/core" }],
    ["@babel/core@<7.0.0", { kind: "package", name: "@babel/core", versions: "<7.0.0" }],
    ["golang.org/x/net@v0.17.0", { kind: "package", name: "golang.org/x/net", versions: "v0.17.0" }],
    ["package:golang.org/x/net", { kind: "package", name: "golang.org/x/net" }],
    ["pkg:maven/org.apache.logging.log4j/log4j-core", { kind: "package", purl: "pkg:maven/org.apache.logging.log4j/log4j-core" }],
    ["pkg:npm/%40babel/core@<7.0.0", { kind: "package", purl: "pkg:npm/%40babel/core", versions: "<7.0.0" }],
    ["base:docker.io/library/debian:12", { kind: "base", name: "docker.io/library/debian:12" }],
    ["base:docker.io/debian", { kind: "base", name: "docker.io/library/debian" }],
    [`base:${DIGEST}`, { kind: "base", digest: DIGEST }],
    [`base:quay.io/base/java@${DIGEST}`, { kind: "base", name: "quay.io/base/java", digest: DIGEST }],
  ])("%s", (text, expected) => {
    const read = parseHoldTarget(text);
    expect(read).toMatchObject(expected);
    expect(parseHoldTarget(printHoldTarget(read))).toEqual(read);
  });
});

// Each of these could be two things, and one of them would be held by mistake.
test.each([
  "shop/api",
  "localhost:5000/api",
  "github.com/shop/lib",
  "debian:12",
  "junit:junit",
  "aaaaaaaaaaaa",
  "CVE-2021",
  "GHSA-1",
  "log4j*",
  "log4j-core@*",
  "log4j-core@",
  "log4j-core@<",
  "log4j-core<2.15.0",
  "pkg:maven",
  "pkg:maven/a/b@1?type=jar",
  "base:debian:12",
  "base:",
  "sha256:abc",
  "registry.example/shop/api@sha256:abc",
  "",
  "  ",
  "log4j\u0000core",
  "a".repeat(1_001),
])("%j is refused", (text) => {
  expect(() => parseHoldTarget(text)).toThrow(ParseError);
});
