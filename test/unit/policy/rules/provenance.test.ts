import { describe, expect, test } from "vitest";
import type { AttestationFact } from "../../../../shared/domain/evidence.ts";
import { PolicyError } from "../../../../shared/policy/policy-error.ts";
import { readProvenance } from "../../../../shared/policy/rules/slsa.ts";
import { at, index, signedBy } from "../given.ts";
import { attested, clean, config, judge, outcome, UNREAD } from "./given.ts";

const BUILDER = "https://github.com/actions/runner/github-hosted";
const V1 = {
  buildDefinition: {
    buildType: "https://actions.github.io/buildtypes/workflow/v1",
    externalParameters: { workflow: { repository: "https://github.com/example/shop", ref: "refs/heads/main" } },
    resolvedDependencies: [{ uri: "git+https://github.com/example/shop@refs/heads/main", digest: { gitCommit: "ab" } }],
  },
  runDetails: { builder: { id: BUILDER }, metadata: { finishedOn: "2026-11-20T12:00:00Z" } },
};
const V02 = {
  builder: { id: BUILDER },
  buildType: "x",
  invocation: { configSource: { uri: "git+https://github.com/example/shop.git@refs/heads/main" } },
  materials: [{ uri: "pkg:docker/alpine@3.20?platform=linux%2Famd64", digest: { sha256: "aa".repeat(32) } }],
};

function slsa(predicate: unknown, version = "v1", verifiedBy: string | undefined = "release"): AttestationFact {
  const predicateType = `https://slsa.dev/provenance/${version}`;
  return { predicateType, predicate, place: "sha256:aa", ...(verifiedBy === undefined ? {} : signedBy(verifiedBy)) };
}

const unsigned = (statement: AttestationFact): AttestationFact => {
  const { signedBy: _, ...rest } = statement;
  return rest;
};

describe("provenance", () => {
  const of = (settings: string, ...statements: readonly AttestationFact[]) =>
    outcome(judge(`rule: provenance${settings}`, clean(attested(...statements))));

  test.each([
    ["v1", V1],
    ["v0.2", V02],
  ])("reads builder and source out of SLSA %s", (version, predicate) => {
    expect(of(`, builders: [{ id: ${BUILDER} }], sources: https://github.com/example/*`, slsa(predicate, version))).toEqual([]);
    expect(of(`, builders: [{ id: https://other.example/** }]`, slsa(predicate, version))).toEqual(["violated a|provenance"]);
    expect(of(`, sources: https://github.com/somebody/*`, slsa(predicate, version))).toEqual(["violated a|provenance"]);
  });

  test("believes nobody who is not trusted, unless it is told to", () => {
    expect(of("", unsigned(slsa(V1)))).toEqual(["violated a|provenance"]);
    expect(of("", slsa(V1, "v1", "stranger"))).toEqual(["violated a|provenance"]);
    expect(of(", signers: [dev]", slsa(V1))).toEqual(["violated a|provenance"]);
    expect(of(", allowUnverified: true", unsigned(slsa(V1)))).toEqual([]);
  });

  test("takes a builder's level from the policy, the lower one where two entries fit", () => {
    const builders = `builders: [{ id: https://github.com/**, level: 3 }, { id: ${BUILDER}, level: 2 }]`;
    expect(of(`, ${builders}, minLevel: 2`, slsa(V1))).toEqual([]);
    expect(of(`, ${builders}, minLevel: 3`, slsa(V1))).toEqual(["violated a|provenance"]);
    expect(of(", minLevel: 1", slsa(V1))).toEqual(["violated a|provenance"]);
  });

  test.each([
    {},
    { builder: 7 },
    null,
    "x",
    { runDetails: { builder: { id: "" } }, buildDefinition: { resolvedDependencies: [null, { uri: 3 }] } },
  ])("is violated by the predicate %j, which names nothing", (predicate) => {
    expect(of(`, builders: [{ id: ${BUILDER} }]`, slsa(predicate))).toEqual(["violated a|provenance"]);
    expect(of(", sources: https://github.com/example/*", slsa(predicate))).toEqual(["violated a|provenance"]);
  });

  test("wants every source to fit where only materials tell the source", () => {
    const uris = (...all: readonly string[]) => ({ materials: all.map((uri) => ({ uri })) });
    expect(
      readProvenance(
        "https://slsa.dev/provenance/v0.1",
        uris("git+https://x.example/a@v1", "git+ssh://git@x.example/b.git@abc", "pkg:npm/x@1"),
      )?.sources,
    ).toEqual(["https://x.example/a", "ssh://git@x.example/b"]);
    expect(of(", sources: https://x.example/a", slsa(uris("git+https://x.example/a", "git+https://x.example/b"), "v0.2"))).toEqual([
      "violated a|provenance",
    ]);
  });

  test("may be limited in age, and is unknown where it does not tell when it was made", () => {
    const verdict = judge("rule: provenance, maxAge: 1d", clean(attested(slsa(V1))));
    expect(outcome(verdict)).toEqual([]);
    expect(verdict.recheckAt).toBe(at("2026-11-21T12:00:00.001Z"));
    expect(of(", maxAge: 23h", slsa(V1))).toEqual(["violated a|provenance"]);
    expect(of(", maxAge: 1d", slsa(V02, "v0.2"))).toEqual(["unknown a|provenance"]);
  });

  test("needs one good statement among bad ones", () => {
    expect(of(", sources: https://github.com/example/*", slsa({}), slsa(V1))).toEqual([]);
  });

  test("waits through the grace, and is unknown where statements could not be read", () => {
    const { subject } = clean();
    const young = clean({ subject: { ...subject, firstSeenAt: at("2026-11-21T11:59:50Z") } });
    const verdict = judge("rule: provenance", young);
    expect(outcome(verdict)).toEqual(["unknown a|provenance"]);
    expect(verdict.recheckAt).toBe(at("2026-11-21T12:00:20Z"));
    expect(outcome(judge("rule: provenance", clean({ attestations: UNREAD })))).toEqual(["unknown a|provenance"]);
  });

  test("is satisfied for an index by one on the index, or by one on each image in it", () => {
    const bare = clean();
    const with1 = clean(attested(slsa(V1)));
    expect(outcome(judge("rule: provenance", index([bare, bare], attested(slsa(V1)))))).toEqual([]);
    expect(outcome(judge("rule: provenance", index([with1, with1])))).toEqual([]);
    expect(outcome(judge("rule: provenance", index([with1, bare])))).toEqual(["violated a|provenance"]);
    expect(outcome(judge("rule: provenance", index([])))).toEqual(["violated a|provenance"]);
  });
});

test.each(["provenance", "attestation-required, predicateType: x"])("%s names only keys that the policy trusts", (rule) => {
  expect(() => judge(`rule: ${rule}, signers: [stranger]`, clean())).toThrow(PolicyError);
  expect(() => judge(`rule: ${rule}, signers: [release]`, clean())).not.toThrow();
});

describe("base-image", () => {
  const NAME = "org.opencontainers.image.base.name";
  const DIGEST = "org.opencontainers.image.base.digest";
  const hex = `sha256:${"aa".repeat(32)}`;
  const other = `sha256:${"bb".repeat(32)}`;
  const labelled = (labels: Readonly<Record<string, string>>) => clean(config({ labels }));

  test.each([
    ["name: docker.io/library/alpine", { [NAME]: "alpine:3.20" }, []],
    ["name: 'docker.io/library/alpine:3.*'", { [NAME]: "docker.io/library/alpine:3.20" }, []],
    ["name: 'docker.io/library/alpine:3.*'", { [NAME]: "alpine:edge" }, ["violated a|base|docker.io/library/alpine:edge"]],
    ["name: registry.example:5000/base/*", { [NAME]: "registry.example:5000/base/java" }, []],
    ["name: docker.io/library/alpine", { [NAME]: "evil.example/alpine" }, ["violated a|base|evil.example/alpine"]],
    [`digests: ['${hex}']`, { [DIGEST]: hex }, []],
    [`digests: ['${hex}']`, { [NAME]: "alpine", [DIGEST]: other }, ["violated a|base|docker.io/library/alpine"]],
    [`name: docker.io/library/alpine, digests: ['${hex}']`, { [NAME]: "alpine" }, ["violated a|base|docker.io/library/alpine"]],
    ["name: docker.io/library/alpine", {}, ["unknown a|base"]],
  ])("with %s judges the labels %j", (allowed, labels, expected) => {
    expect(outcome(judge(`rule: base-image, allowed: [{ ${allowed} }]`, labelled(labels)))).toEqual(expected);
  });

  test("goes by annotations before labels", () => {
    const evidence = labelled({ [NAME]: "alpine" });
    const annotated = { ...evidence, subject: { ...evidence.subject, annotations: { [NAME]: "debian" } } };
    expect(outcome(judge("rule: base-image, allowed: [{ name: docker.io/library/alpine }]", annotated))).toEqual([
      "violated a|base|docker.io/library/debian",
    ]);
  });

  test("goes by the images of the provenance where nothing else tells", () => {
    const evidence = clean(attested(slsa(V02, "v0.2")));
    expect(outcome(judge("rule: base-image, allowed: [{ name: 'docker.io/library/alpine:3.20' }]", evidence))).toEqual([]);
    expect(outcome(judge(`rule: base-image, allowed: [{ digests: ['${hex}'] }]`, evidence))).toEqual([]);
    expect(outcome(judge("rule: base-image, allowed: [{ name: docker.io/library/debian }]", evidence))).toEqual([
      "violated a|base|docker.io/library/alpine:3.20",
    ]);
  });

  test("is proven by the lowest layers, whatever the labels claim", () => {
    const rule = `rule: base-image, allowed: [{ layers: ['${hex}'] }]`;
    expect(outcome(judge(rule, clean(config({ layers: [hex, other], labels: { [NAME]: "evil" } }))))).toEqual([]);
    expect(outcome(judge(rule, clean(config({ layers: [other, hex] }))))).toEqual(["violated a|base"]);
    expect(outcome(judge(rule, clean({ config: UNREAD })))).toEqual(["unknown a|base"]);
  });
});
