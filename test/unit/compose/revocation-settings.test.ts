import { expect, test } from "vitest";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";

function parse(revocation: string): unknown {
  const text = `apiVersion: moorgate.dev/v1\nkind: Settings\n${revocation}\n`;
  return parseSettings(text, "moorgate.yaml", {}, () => async () => undefined).revocation;
}

test("no host of the own network is asked about revocation unless it is named", () => {
  expect(parse("")).toEqual({ internalHosts: [] });
  expect(parse("revocation: { internalHosts: [pki.corp.example, 'ocsp.corp.example:8080'] }")).toEqual({
    internalHosts: ["pki.corp.example", "ocsp.corp.example:8080"],
  });
});

test.each(["'http://pki.corp.example'", "'pki.corp.example/crl'", "'*'", "''", "7"])("%s is no such host", (host) => {
  expect(() => parse(`revocation: { internalHosts: [${host}] }`)).toThrow(PolicyError);
});
