import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { lookAtSetups } from "../../../functions/cli/doctor-setup.ts";
import type { RegistryEntry } from "../../../shared/compose/gate.ts";
import { activate } from "../../../shared/compose/policy-file.ts";
import { setupDemand } from "../../../shared/compose/setups.ts";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import { type FakeAws, serveAws } from "../../fakes/aws/aws.ts";
import { beCaller } from "../../fakes/aws/be-caller.ts";

let aws: FakeAws;
beforeAll(async () => {
  aws = await serveAws();
  for (const name of ["team/one", "team/two", "team/three", "team/four"]) aws.registry().create(name);
  beCaller(aws, (name, value) => void vi.stubEnv(name, value));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await aws.close();
});

const HOST = parseRegistryHost("123456789012.dkr.ecr.eu-central-1.amazonaws.com");

function entry(more: Partial<RegistryEntry> = {}): RegistryEntry {
  const usual = {
    mode: "dry-run",
    plainHttp: false,
    credentials: async () => undefined,
    hookSecrets: [],
    quarantine: "quarantine",
  } as const;
  return { host: HOST, provider: "ecr", ...usual, aws: { endpoint: aws.endpoint }, ...more };
}

const policy = (more: string) =>
  activate(
    `apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: test }\nmode: enforce\n${more}\nrules:\n  - { id: fresh, rule: scan-freshness, level: enforce, maxAge: 7d }\n`,
    "policy.yaml",
  );

test("doctor tells what stands against the gate in a registry of ECR, with a code and each place, and shows a few of them", async () => {
  const [finding, ...more] = await lookAtSetups([entry()], policy("findings: { trustReports: [registry] }"));
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ state: "mend", code: "scan-off" });
  expect(finding?.places).toHaveLength(4);
  expect(finding?.what).toMatch(/and 1 more$/);
  expect(finding?.next).not.toBe("");
});

test("a registry of any other product has no set-up to be asked", async () => {
  expect(await lookAtSetups([entry({ provider: "oci" })], policy(""))).toEqual([]);
});

test("without a policy, or a way to the registry, it is not known", async () => {
  const states = async (one: RegistryEntry, active = true) =>
    (await lookAtSetups([one], active ? policy("") : undefined)).map(({ state }) => state);
  expect(await states(entry(), false)).toEqual(["unknown"]);
  expect(await states(entry({ host: parseRegistryHost("registry.example") }))).toEqual(["unknown"]);
});

test("what the gate needs is what the policy and the settings say", () => {
  const active = policy("enforcement: { rollBack: [latest], promote: [{ from: 1.*, to: stable }], deleteHeldAfter: 30d }");
  const other = entry({ host: parseRegistryHost("registry.example"), provider: "oci" });
  const demand = setupDemand(active, entry({ mode: "enforce" }), [entry(), other]);
  expect(demand).toMatchObject({ enforces: true, movedTags: ["latest", "stable"], leavesUntagged: true, heldFor: parseDuration("30d") });
  expect([...demand.watched]).toEqual([HOST, other.host]);
  expect(demand.askedOf(parseRepository("team/app"))).toEqual({
    scan: "perhaps",
    scanMaxAge: parseDuration("7d"),
    signature: false,
    notation: false,
    signingProfiles: [],
  });
  expect(setupDemand(active, entry(), [entry()]).enforces).toBe(false);
});

test("profiles are trusted as the statement for the repository says, else as the one for all", () => {
  const profile = (name: string) => `arn:aws:signer:eu-central-1:123456789012:/signing-profiles/${name}`;
  const statement = (name: string, scopes: readonly string[], identities: readonly string[]) => ({
    name,
    registryScopes: scopes,
    signatureVerification: { level: "strict" },
    trustStores: ["signingAuthority:aws-signer-ts"],
    trustedIdentities: identities,
  });
  const trustPolicies = [
    statement("own", [`${HOST}/team/own`], [profile("own")]),
    statement("open", [`${HOST}/team/open`], ["*"]),
    statement("all", ["*"], [profile("all")]),
  ];
  const { policy: read, trust } = policy("");
  const notation = { name: "release", policy: JSON.stringify({ version: "1.0", trustPolicies }), stores: {} };
  const { askedOf } = setupDemand({ policy: read, trust: { ...trust, notation } }, entry(), []);
  const trusted = (repository: string) => askedOf(parseRepository(repository)).signingProfiles;
  expect([trusted("team/own"), trusted("team/open"), trusted("team/app")]).toEqual([[profile("own")], "any", [profile("all")]]);
});
