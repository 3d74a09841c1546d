import { describe, expect, it } from "vitest";
import { overlaps, parseSubject } from "../../../shared/signatures/notation/subject.ts";
import { readTrustPolicy, statementFor } from "../../../shared/signatures/notation/trust-policy.ts";

const IDENTITY = "x509.subject: C=US, ST=WA, O=acme.example";
const one = (more: object = {}): Record<string, unknown> => ({
  name: "one",
  registryScopes: ["registry.example/app"],
  signatureVerification: { level: "strict" },
  trustStores: ["ca:acme"],
  trustedIdentities: [IDENTITY],
  ...more,
});
const read = (...trustPolicies: object[]): ReturnType<typeof readTrustPolicy> =>
  readTrustPolicy(JSON.stringify({ version: "1.0", trustPolicies }));

describe("T70 a trust policy", () => {
  it("gives the statement that names the repository, then the one for all, else none", () => {
    const policy = read(one(), one({ name: "all", registryScopes: ["*"] }));
    expect(statementFor(policy, "registry.example/app")?.name).toBe("one");
    expect(statementFor(policy, "registry.example/app/more")?.name).toBe("all");
    expect(statementFor(read(one()), "registry.example/other")).toBeUndefined();
  });

  it("weighs the checks by its level, and by what it says otherwise", () => {
    const actions = (signatureVerification: object): unknown => {
      const [statement] = read(one({ signatureVerification }));
      return statement?.kind === "check" ? statement.actions : undefined;
    };
    expect(actions({ level: "strict" })).toEqual({
      authenticity: "enforce",
      authenticTimestamp: "enforce",
      expiry: "enforce",
      revocation: "enforce",
    });
    expect(actions({ level: "permissive" })).toMatchObject({
      authenticity: "enforce",
      authenticTimestamp: "log",
      expiry: "log",
      revocation: "log",
    });
    expect(actions({ level: "audit" })).toMatchObject({ authenticity: "log", revocation: "log" });
    expect(actions({ level: "strict", override: { revocation: "skip", expiry: "log" } })).toMatchObject({
      expiry: "log",
      revocation: "skip",
    });
  });

  it.each([
    ["a version that is not 1.0", () => readTrustPolicy(JSON.stringify({ version: "2.0", trustPolicies: [one()] }))],
    ["no statements", () => read()],
    ["a name twice", () => read(one(), one({ registryScopes: ["*"] }))],
    ["a scope twice", () => read(one(), one({ name: "two" }))],
    ["a scope beside the star", () => read(one({ registryScopes: ["*", "registry.example/app"] }))],
    ["a scope with a star inside", () => read(one({ registryScopes: ["registry.example/*"] }))],
    ["a scope without a registry", () => read(one({ registryScopes: ["app"] }))],
    ["skip for every repository", () => read({ name: "all", registryScopes: ["*"], signatureVerification: { level: "skip" } })],
    ["skip with stores", () => read(one({ signatureVerification: { level: "skip" } }))],
    ["a level that is none", () => read(one({ signatureVerification: { level: "lax" } }))],
    ["integrity overridden", () => read(one({ signatureVerification: { level: "strict", override: { integrity: "log" } } }))],
    ["expiry skipped", () => read(one({ signatureVerification: { level: "strict", override: { expiry: "skip" } } }))],
    ["a member that nobody knows", () => read(one({ trustedIdentity: ["*"] }))],
    ["a store of no known type", () => read(one({ trustStores: ["root:acme"] }))],
    ["a store that leaves its folder", () => read(one({ trustStores: ["ca:../acme"] }))],
    ["no store", () => read(one({ trustStores: [] }))],
    ["no identity", () => read(one({ trustedIdentities: [] }))],
    ["an identity beside the star", () => read(one({ trustedIdentities: ["*", IDENTITY] }))],
    ["identities that overlap", () => read(one({ trustedIdentities: [IDENTITY, `${IDENTITY}, CN=x`] }))],
    ["an identity without organisation", () => read(one({ trustedIdentities: ["x509.subject: C=US, ST=WA"] }))],
  ])("is refused with %s", (_title, reading) => {
    expect(reading).toThrowError(/trust policy/);
  });
});

describe("T13 the subject of an identity", () => {
  const parse = (more: string): Record<string, string> => Object.fromEntries(parseSubject(`C=US,ST=WA,O=acme${more}`, "test"));

  it("is read as RFC 4514 writes it", () => {
    expect(parse(", CN=a b ")).toEqual({ C: "US", ST: "WA", O: "acme", CN: "a b" });
    expect(parse("\\, Inc.")).toMatchObject({ O: "acme, Inc." });
    expect(parse(";CN=x\\ ")).toMatchObject({ CN: "x " });
    expect(parse(",CN=\\C3\\A4\\+")).toMatchObject({ CN: "ä+" });
    expect(parse(",CN=a=b")).toMatchObject({ CN: "a=b" });
    expect(Object.fromEntries(parseSubject("c=US,S=WA,o=acme", "test"))).toEqual({ C: "US", ST: "WA", O: "acme" });
  });

  it.each([",CN", ",CN=", ",=x", ",CN=#0c01", ",CN=a+OU=b", ",O=twice", ',CN="x"', ","])("T55 is refused where it ends in %s", (more) => {
    expect(() => parse(more)).toThrowError(/test/);
  });

  it("overlaps with every wider one", () => {
    const subject = (text: string): ReturnType<typeof parseSubject> => parseSubject(`C=US,ST=WA,${text}`, "test");
    expect(overlaps(subject("O=a"), subject("O=a,CN=b"))).toBe(true);
    expect(overlaps(subject("O=a,CN=c"), subject("O=a,CN=b"))).toBe(false);
  });
});
