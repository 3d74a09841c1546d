import { describe, expect, it } from "vitest";
import { extension } from "../../fixtures/certificates.ts";
import { IMAGE } from "../../fixtures/cosign.ts";
import { sequence } from "../../fixtures/der.ts";
import { judging } from "../../fixtures/keyless-codes.ts";
import {
  bareClaim,
  claim,
  goodBundle,
  ISSUER,
  mail,
  makeInstance,
  NOW,
  SUBJECT,
  subjectNames,
  type TrustOptions,
  uri,
  userName,
  WORKFLOW,
} from "../../fixtures/sigstore.ts";

const instance = makeInstance();
const { codeOf, codeWhen } = judging(instance);

describe("identity", () => {
  const named = (issuer: string, subject: string): TrustOptions => ({
    identities: [{ ...WORKFLOW, issuer: { kind: "exact", value: issuer }, subject: { kind: "exact", value: subject } }],
  });
  const patterns = (issuer: string, subject: string): TrustOptions => ({
    identities: [{ ...WORKFLOW, issuer: { kind: "pattern", value: issuer }, subject: { kind: "pattern", value: subject } }],
  });

  it("is compared to the last character, issuer and subject (T10)", () => {
    expect(codeWhen({}, named(ISSUER, SUBJECT))).toBe("ok");
    expect(codeWhen({}, named(`${ISSUER}/`, SUBJECT))).toBe("identity-mismatch");
    expect(codeWhen({}, named(ISSUER, SUBJECT.slice(0, -1)))).toBe("identity-mismatch");
    expect(codeWhen({}, named("", ""))).toBe("identity-mismatch");
  });

  it("needs somebody who is trusted", () => {
    expect(codeWhen({}, { identities: [] })).toBe("identity-mismatch");
    expect(codeOf(goodBundle(instance), { image: IMAGE, keys: [], annotations: {}, now: NOW })).toBe("identity-mismatch");
  });

  it("is that of the second where the first is another (T10)", () => {
    const [other = WORKFLOW] = named(ISSUER, "robot@else.example").identities ?? [];
    expect(codeWhen({}, { identities: [other, WORKFLOW] })).toBe("ok");
  });

  it.each([
    ["https://code.example/shop/*", "ok"],
    ["*", "ok"],
    ["https://code.example/*/.github/workflows/*@refs/heads/main", "ok"],
    ["https://code.example/shop/*/main", "ok"],
    ["https://code.example/shop", "identity-mismatch"],
    ["code.example/shop/*", "identity-mismatch"],
    ["https://code.example/shop/*heads", "identity-mismatch"],
    ["https://code.exampl./shop/*", "identity-mismatch"],
    ["https://code.example/shop/(.*)", "identity-mismatch"],
    ["https://code.example/shop/*main*main", "identity-mismatch"],
    ["", "identity-mismatch"],
  ])("matches the pattern %s as a whole, `*` alone is special: %s (T11, T12)", (pattern, code) => {
    expect(codeWhen({}, patterns(ISSUER, pattern))).toBe(code);
  });

  it("is not matched by a longer or a look-alike name (T11)", () => {
    const trust = patterns(ISSUER, "https://code.example/shop/*");
    for (const subject of ["https://code.example.evil/shop/x", "https://codeXexample/shop/x", "https://code.example/shop-evil/x"])
      expect(codeWhen({ names: subjectNames(uri(subject)) }, trust)).toBe("identity-mismatch");
  });

  it("is compared in time that does not explode, whatever the pattern (T18)", () => {
    const subject = `https://code.example/${"a".repeat(20_000)}`;
    expect(codeWhen({ names: subjectNames(uri(subject)) }, patterns("*", `${"*a".repeat(5_000)}*b`))).toBe("identity-mismatch");
  });

  it.each([
    ["mail address", mail("robot@shop.example"), "robot@shop.example"],
    ["URI", uri("spiffe://shop.example/ci"), "spiffe://shop.example/ci"],
    ["user name", userName("robot!shop"), "robot!shop"],
  ])("may be a %s (T13)", (_what, name, subject) => {
    expect(codeWhen({ names: subjectNames(name) }, named(ISSUER, subject))).toBe("ok");
    expect(codeWhen({ names: subjectNames(name) }, named(ISSUER, subject.toUpperCase()))).toBe("identity-mismatch");
  });

  it("is nobody's where the certificate names several or none (T13)", () => {
    expect(codeWhen({ names: subjectNames(uri(SUBJECT), mail("robot@shop.example")) })).toBe("identity-mismatch");
    expect(codeWhen({ names: subjectNames() })).toBe("identity-mismatch");
    expect(codeWhen({ names: extension("2.5.29.14", sequence()) })).toBe("identity-mismatch");
  });

  it("is nobody's where the two issuers of the certificate disagree, or there is none (T13)", () => {
    expect(codeWhen({ issuers: [bareClaim(1, ISSUER)] })).toBe("ok");
    expect(codeWhen({ issuers: [claim(8, ISSUER)] })).toBe("ok");
    expect(codeWhen({ issuers: [bareClaim(1, ISSUER), claim(8, "https://evil.example")] })).toBe("identity-mismatch");
    expect(codeWhen({ issuers: [bareClaim(1, "https://evil.example"), claim(8, ISSUER)] })).toBe("identity-mismatch");
    expect(codeWhen({ issuers: [] })).toBe("identity-mismatch");
  });

  it("may ask for what else the certificate says, of which nothing may be missing (T10)", () => {
    const asking = (claims: Record<string, string>): TrustOptions => ({ identities: [{ ...WORKFLOW, claims }] });
    const more = [bareClaim(5, "shop/api"), claim(14, "refs/heads/main")];
    expect(codeWhen({ more }, asking({ githubWorkflowRepository: "shop/api", sourceRepositoryRef: "refs/heads/main" }))).toBe("ok");
    expect(codeWhen({ more }, asking({ githubWorkflowRepository: "shop/ap" }))).toBe("identity-mismatch");
    expect(codeWhen({ more }, asking({ githubWorkflowSha: "" }))).toBe("identity-mismatch");
    expect(codeWhen({ more }, asking({ toString: "shop/api" }))).toBe("identity-mismatch");
  });
});
