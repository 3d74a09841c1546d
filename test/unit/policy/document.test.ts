import { describe, expect, test } from "vitest";
import { parseDuration } from "../../../shared/domain/time.ts";
import { parsePolicy } from "../../../shared/policy/document.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";
import { policyJsonSchema } from "../../../shared/policy/schema.ts";

const HEAD = "apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: base }\nmode: enforce\n";
const RULES = "rules:\n  - id: no-high\n    rule: severity-threshold\n    atLeast: high\n";

function problemsOf(text: string): readonly { readonly place: string; readonly mend: string }[] {
  try {
    parsePolicy(text, "policy.yaml", "v");
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  return [];
}

function placesOf(text: string): readonly string[] {
  return problemsOf(text).map((problem) => problem.place);
}

describe("a policy file", () => {
  test("is read with its defaults and the line of each rule", () => {
    const policy = parsePolicy(`${HEAD}${RULES}    select: { repository: shop/** }\n`, "policy.yaml", "v1");
    expect(policy).toMatchObject({
      id: { name: "base", version: "v1" },
      file: "policy.yaml",
      mode: "enforce",
      trust: { keys: [], identities: [] },
      rules: [
        {
          id: "no-high",
          rule: "severity-threshold",
          level: "enforce",
          whenUnknown: "warn",
          select: { repository: ["shop/**"] },
          atLeast: "high",
          ignoreUnfixed: false,
          place: "policy.yaml:6",
        },
      ],
    });
  });

  test("gives durations in milliseconds and 30 s of grace to signatures where none is written", () => {
    const [signed, fresh] = parsePolicy(
      `${HEAD}trust: { keys: [{ name: a, file: a.pub }] }\nrules:\n  - { id: a, rule: signature-required }\n  - { id: b, rule: scan-freshness, maxAge: 7d }\n`,
      "p",
      "v",
    ).rules;
    expect(signed).toMatchObject({ grace: parseDuration("30s") });
    expect(fresh).toMatchObject({ maxAge: parseDuration("7d") });
  });

  test("is refused for an unknown key at every level, with the key's place and the key that was meant", () => {
    const text = `${HEAD}moed: x\n${RULES}    atleast: low\n    select: { repositry: a }\n`;
    expect(problemsOf(text).map(({ place, mend }) => [place, /did you mean "(\w+)"/.exec(mend)?.[1]])).toEqual([
      ["policy.yaml:5:1", "mode"],
      ["policy.yaml:10:5", "atLeast"],
      ["policy.yaml:11:15", "repository"],
    ]);
  });

  test("is told all of its problems at once, in the order of the file", () => {
    const text =
      "apiVersion: moorgate.dev/v2\nkind: Policy\nmetadata: {}\nmode: on\nrules:\n  - id: A\n    rule: scan-freshness\n    maxAge: soon\n  - id: b\n    rule: nothing\n";
    expect(placesOf(text)).toEqual([
      "policy.yaml:1:13",
      "policy.yaml:3:11",
      "policy.yaml:4:7",
      "policy.yaml:6:9",
      "policy.yaml:8:13",
      "policy.yaml:10:11",
    ]);
  });

  test("tells what its parts demand of each other also where another part is wrong", () => {
    const text = `${HEAD}trust:\n  keys:\n    - { name: release, file: a }\n    - { name: release, file: b }\nrules:\n  - { id: a, rule: signature-required, signers: [relese] }\n  - { id: a, rule: scan-freshness, maxAge: 1d, oops: 1 }\n`;
    expect(placesOf(text)).toEqual(["policy.yaml:8:15", "policy.yaml:10:50", "policy.yaml:11:11", "policy.yaml:11:48"]);
  });

  test.each([
    ["a key from two places", "trust: { keys: [{ name: a, file: a, pem: b }] }"],
    ["a key from no place", "trust: { keys: [{ name: a }] }"],
    ["a private key", 'trust: { keys: [{ name: a, pem: "-----BEGIN PRIVATE KEY-----\\nAA==\\n-----END PRIVATE KEY-----" }] }'],
    ["a pem that is no key", "trust: { keys: [{ name: a, pem: hello }] }"],
  ])("is refused with %s", (_, trust) => {
    expect(placesOf(`${HEAD}${trust}\n${RULES}`)).toHaveLength(1);
  });

  const IDENTITY = "name: ci, issuer: https://ci.example, subject: 'https://code.example/shop/*'";
  const ROOT = "sigstore: [{ name: own, root: trusted_root.json }]";
  const TWO_ROOTS = "sigstore: [{ name: own, root: own.json }, { name: open, root: open.json }]";
  const CI = `identities: [{ ${IDENTITY} }]`;

  test("trusts identities, by exact text or by a pattern, with what their certificates must say", () => {
    const claims = "claims: { sourceRepositoryRef: refs/heads/main }";
    const { trust } = parsePolicy(`${HEAD}trust: { identities: [{ ${IDENTITY}, ${claims} }], ${ROOT} }\n${RULES}`, "p", "v");
    expect(trust).toEqual({
      keys: [],
      identities: [
        {
          name: "ci",
          issuer: { kind: "exact", value: "https://ci.example" },
          subject: { kind: "pattern", value: "https://code.example/shop/*" },
          claims: { sourceRepositoryRef: "refs/heads/main" },
          roles: [],
        },
      ],
      ignored: [],
      sigstore: [
        {
          name: "own",
          source: { kind: "file", path: "trusted_root.json" },
          transparencyLog: "required",
          timestamp: "ignored",
          sct: "required",
          allowsChain: false,
        },
      ],
    });
  });

  test.each([
    ["an identity and no Sigstore to verify it by", CI],
    ["a key that must be logged and no log", "keys: [{ name: a, file: a.pub, transparencyLog: required }]"],
    ["an identity with the name of a key", `keys: [{ name: ci, file: a.pub }], ${CI}, ${ROOT}`],
    ["Notation's signers with the name of a key", "keys: [{ name: notation, file: a.pub }], notation: { policy: a.json, store: a }"],
    ["any issuer", `identities: [{ name: ci, issuer: '*', subject: a, claims: { buildTrigger: push } }], ${ROOT}`],
    ["any subject without a claim", `identities: [{ name: ci, issuer: https://ci.example, subject: '**' }], ${ROOT}`],
    ["an empty subject", `identities: [{ name: ci, issuer: https://ci.example, subject: '' }], ${ROOT}`],
    ["an identity of a Sigstore that is not there", `identities: [{ ${IDENTITY}, sigstore: other }], ${ROOT}`],
    ["an identity of no certain one of two Sigstores", `${CI}, ${TWO_ROOTS}`],
    ["a logged key of no certain one of two Sigstores", `keys: [{ name: a, file: a.pub, transparencyLog: required }], ${TWO_ROOTS}`],
    ["a key of a Sigstore that needs no log", `keys: [{ name: a, file: a.pub, sigstore: own }], ${ROOT}`],
    ["a Sigstore with its root from two places", "sigstore: [{ name: own, root: a, mirror: { url: https://tuf.example, root: b } }]"],
    ["a mirror without the root.json to begin with", "sigstore: [{ name: own, mirror: { url: https://tuf.example } }]"],
    ["a mirror of another scheme", "sigstore: [{ name: own, mirror: { url: 'file:///etc', root: a } }]"],
    ["a mirror with a password", "sigstore: [{ name: own, mirror: { url: 'https://me:secret@tuf.example/', root: a } }]"],
    ["a mirror with a query", "sigstore: [{ name: own, mirror: { url: 'https://tuf.example/?key=1', root: a } }]"],
    ["a mirror at no address", "sigstore: [{ name: own, mirror: { url: 'https://[::/', root: a } }]"],
    ["two Sigstores of one name", `sigstore: [{ name: own, root: a.json }, { name: own, root: b.json }]`],
    ["a Sigstore without a root", "sigstore: [{ name: own, sct: ignored }]"],
    ["Notation without stores", "notation: { policy: trustpolicy.json }"],
  ])("is refused with %s", (_, trust) => {
    expect(placesOf(`${HEAD}trust: { ${trust} }\n${RULES}`)).toHaveLength(1);
  });

  test("takes trusted roots from mirrors", () => {
    const sigstore = "sigstore: [{ name: own, mirror: { url: https://tuf.example/own, root: root.json, every: 6h } }]";
    const [own] = parsePolicy(`${HEAD}trust: { ${CI}, ${sigstore} }\n${RULES}`, "p", "v").trust.sigstore;
    expect(own?.source).toEqual({
      kind: "mirror",
      url: "https://tuf.example/own",
      root: "root.json",
      target: "trusted_root.json",
      every: 6 * 3_600_000,
      isInternal: false,
    });
  });

  test("names of each identity and logged key the Sigstore that vouches for it, where there are several", () => {
    const trust = `keys: [{ name: a, file: a.pub, transparencyLog: required, sigstore: open }], identities: [{ ${IDENTITY}, sigstore: own }]`;
    const { identities, keys } = parsePolicy(`${HEAD}trust: { ${trust}, ${TWO_ROOTS} }\n${RULES}`, "p", "v").trust;
    expect([...identities, ...keys].map(({ sigstore }) => sigstore)).toEqual(["own", "open"]);
  });

  test("is refused with a claim that no certificate makes, and names the one that was meant", () => {
    const text = `${HEAD}trust: { identities: [{ ${IDENTITY}, claims: { sourceRepositoryReff: a } }], ${ROOT} }\n${RULES}`;
    expect(problemsOf(text).map(({ mend }) => /did you mean "(\w+)"/.exec(mend)?.[1])).toEqual(["sourceRepositoryRef"]);
  });

  test("names keys, identities and Notation's signers alike in its rules, and nobody else", () => {
    const trust = `trust: { keys: [{ name: release, file: a.pub }], ${CI}, ${ROOT}, notation: { name: notaries, policy: a, store: a } }`;
    const rules = (...names: readonly string[]) => `rules:\n  - { id: a, rule: signature-required, signers: [${names.join(", ")}] }\n`;
    expect(placesOf(`${HEAD}${trust}\n${rules("release", "ci", "notaries")}`)).toEqual([]);
    expect(placesOf(`${HEAD}${trust}\n${rules("ci", "cj")}`)).toHaveLength(1);
  });

  test("without a rule is refused, for it would call every image compliant", () => {
    expect(placesOf(`${HEAD}rules: []\n`)).toEqual(["policy.yaml:5:8"]);
  });

  test("is refused where a signature is required and no key is trusted", () => {
    expect(placesOf(`${HEAD}rules:\n  - { id: a, rule: signature-required }\n`)).toEqual(["policy.yaml:6:20"]);
  });

  test("is refused where a rule that holds nothing shall hold on unknown", () => {
    expect(placesOf(`${HEAD}${RULES}    level: warn\n    whenUnknown: hold\n`)).toEqual(["policy.yaml:10:18"]);
  });

  test.each(["'*'", "'**'", "'**b'", "'sh{o}p'", "Shop/api", "/shop", "shop//api"])(
    "is refused with the repository pattern %s",
    (pattern) => {
      expect(placesOf(`${HEAD}${RULES}    select: { repository: [shop/*, ${pattern}] }\n`)).toEqual(["policy.yaml:9:36"]);
    },
  );

  test.each(["'*'", "a/b", "'v**'"])("is refused with the tag pattern %s", (pattern) => {
    expect(placesOf(`${HEAD}${RULES}    select: { tag: ${pattern} }\n`)).toEqual(["policy.yaml:9:20"]);
  });

  test("is refused where YAML takes a tag for a number, instead of matching another text", () => {
    expect(placesOf(`${HEAD}${RULES}    select: { tag: 1.10 }\n`)).toEqual(["policy.yaml:9:20"]);
  });
});

describe("the YAML of a policy", () => {
  test.each([
    ["a key that stands twice", `${HEAD}mode: dry-run\n${RULES}`, "policy.yaml:5:1"],
    ["a broken line", `${HEAD}trust: [\n`, "policy.yaml:6:1"],
    ["a tag of its own", `${HEAD}trust: !mine {}\n${RULES}`, "policy.yaml:5:8"],
    ["a second document", `${HEAD}${RULES}---\na: 1\n`, "policy.yaml:9:1"],
    ["another YAML version", `%YAML 1.1\n---\n${HEAD}${RULES}`, "policy.yaml:1:1"],
    ["a key that is no text", `${HEAD}${RULES}1: a\n`, "policy.yaml:9:1"],
    ["a prototype as key", `${HEAD}${RULES}__proto__: {}\n`, "policy.yaml:9:1"],
    ["a merge key", `${HEAD}x: &x { a: 1 }\n${RULES}    <<: *x\n`, "policy.yaml:5:1"],
  ])("is refused with %s", (_, text, place) => {
    expect(placesOf(text)[0]).toBe(place);
  });

  test("may use aliases", () => {
    const policy = parsePolicy(
      `${HEAD}${RULES}    select: { repository: &shops [shop/*] }\n  - { id: b, rule: scan-freshness, maxAge: 1d, select: { repository: *shops } }\n`,
      "p",
      "v",
    );
    expect(policy.rules[1]?.select.repository).toEqual(["shop/*"]);
  });

  test.each([
    [
      "aliases that multiply",
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${["b", "c", "d", "e", "f", "g", "h"].map((name, index) => `${name}: &${name} [${`*${"abcdefg"[index]},`.repeat(10)}]`).join("\n")}\n`,
    ],
    ["an alias inside of itself", "a: &a [*a]\n"],
    ["lists in lists", `a: ${"[".repeat(200)}${"]".repeat(200)}\n`],
    ["lists in lists that overflow the parser", `a: ${"[".repeat(20_000)}\n`],
    ["more than 1 MiB", `# ${"x".repeat(1024 * 1024)}\n`],
    ["very many keys", Array.from({ length: 60_000 }, (_, index) => `k${index}: 1`).join("\n")],
    ["nothing", ""],
  ])("is refused quickly with %s", (_, text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0);
  });
});

test("the JSON Schema for editors is made of the schema that reads the file, and knows every rule", () => {
  const text = JSON.stringify(policyJsonSchema());
  for (const word of ["severity-threshold", "signature-required", "scan-freshness", "unknownSeverityAs", "maxDatabaseAge"])
    expect(text).toContain(`"${word}"`);
  expect(text).toContain('"additionalProperties":false');
});

test("a word that may also be a group of keys is told of by what is wrong inside of the group", () => {
  const rule = "{ id: a, rule: scan-freshness, maxAge: 1d, whenUnknown: { wait: 2x, then: drop } }";
  expect(placesOf(`${HEAD}rules:\n  - ${rule}\n`)).toEqual(["policy.yaml:6:69", "policy.yaml:6:79"]);
});
