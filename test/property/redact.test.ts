import fc from "fast-check";
import { expect, test } from "vitest";
import { redactText } from "../../shared/audit/redact.ts";

const password = fc.stringMatching(/^[A-Za-z0-9!$%&*+.,;:=_~-]{8,40}$/);
const around = fc.constantFrom("", " ", "\n", '"', "(", ": ", " and then ");
const base64 = fc.stringMatching(/^[A-Za-z0-9+/]{32,80}$/);

const secrets = fc.oneof(
  password.map((secret) => ({ secret, text: `https://robot:${secret}@registry.example/v2/` })),
  fc.stringMatching(/^[A-Za-z0-9._~+/-]{6,80}[0-9]{2}$/).map((secret) => ({ secret, text: `Authorization: Bearer ${secret}` })),
  fc.stringMatching(/^(AKIA|ASIA)[A-Z2-7]{16}$/).map((secret) => ({ secret, text: `key ${secret}` })),
  fc.stringMatching(/^ghp_[A-Za-z0-9]{36}$/).map((secret) => ({ secret, text: secret })),
  base64.map((secret) => ({ secret, text: `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----` })),
  base64.map((secret) => ({ secret, text: `-----BEGIN PRIVATE KEY-----\n${secret}` })),
  base64.map((secret) => ({ secret, text: `whsec_${secret}` })),
);

test("no credential of a known shape stays in a text, whatever stands around it", () => {
  fc.assert(
    fc.property(secrets, around, around, ({ secret, text }, before, after) => {
      expect(redactText(`${before}${text}${after}`)).not.toContain(secret);
    }),
    { numRuns: 500 },
  );
});

test("redacting twice is redacting once", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          secrets.map(({ text }) => text),
          fc.string(),
        ),
        { maxLength: 5 },
      ),
      (parts) => {
        const once = redactText(parts.join(" "));
        expect(redactText(once)).toBe(once);
      },
    ),
  );
});

test.each([
  "registry.example:5000/shop/api@sha256:7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730",
  "pkg:oci/api@sha256%3A7d86?repository_url=registry.example:5000/shop/api",
  "CVE-2026-1234 (critical) in openssl 3.0.11, fixed in 3.0.15",
  "the registry asks for Basic authentication",
  "write to the owner: team@example.com, see https://docs.example/policy#rules",
  "a bearer token is missing",
])("plain text stays as it is: %s", (text) => {
  expect(redactText(text)).toBe(text);
});

test("a hostile text of any length is done in moments", { timeout: 5_000 }, () => {
  for (const unit of ["https://", "bearer ", "eyJ", "-----BEGIN PRIVATE KEY-----", "a://b", "AKIA", "whsec_", "basic a"]) {
    expect(redactText(unit.repeat(20_000)).length).toBeGreaterThan(0);
  }
});
