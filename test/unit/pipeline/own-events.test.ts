import { expect, test } from "vitest";
import { parseRegistryHost } from "../../../shared/domain/image-ref.ts";
import { openClient } from "../../../shared/oci/client.ts";
import type { WatchedRegistry } from "../../../shared/pipeline/deps.ts";
import { isGate, watchedOf } from "../../../shared/pipeline/receive-pulls.ts";
import type { EventDecoder } from "../../../shared/ports/event-decoder.ts";
import { decoder as ecr } from "../../../shared/providers/aws/events.ts";
import { decoder as notifications } from "../../../shared/providers/oci/events.ts";
import { BY_NOTHING } from "../../../shared/providers/oci/hold-by-untag.ts";
import { openOciRegistry } from "../../../shared/providers/oci/registry.ts";

const OWN = parseRegistryHost("123456789012.dkr.ecr.eu-central-1.amazonaws.com");
const FOREIGN = parseRegistryHost("999999999999.dkr.ecr.eu-central-1.amazonaws.com");
const ROLE = "arn:aws:sts::123456789012:assumed-role/moorgate";

function watching(host: typeof OWN, decoder: EventDecoder): WatchedRegistry {
  const client = openClient({ host, plainHttp: false, credentials: async () => undefined });
  const registry = openOciRegistry(
    client,
    { host, quarantine: "quarantine" },
    [{ client, host, isReplica: false, isGate: true }],
    BY_NOTHING,
  );
  return { registry, provider: "any", decoder, mode: "enforce", configured: "enforce", hookSecrets: [], gateActors: [] };
}

test("an event of a foreign account's registry concerns nobody where events name their registry", () => {
  const watched = watching(OWN, ecr);
  expect(watchedOf([watched], { registry: FOREIGN })).toBeUndefined();
  expect(watchedOf([watched], { registry: OWN })).toBe(watched);
});

test("a registry may be called otherwise in its events than by its host", () => {
  const watched = { ...watching(parseRegistryHost("images.example.com"), ecr), nameInEvents: OWN };
  expect(watchedOf([watched], { registry: OWN })).toBe(watched);
  expect(watchedOf([watched], { registry: FOREIGN })).toBeUndefined();
});

test("where a proxy may have put another name into the event, the only registry whose secret was known is meant", () => {
  const watched = watching(OWN, notifications);
  expect(watchedOf([watched], { registry: FOREIGN })).toBe(watched);
  expect(watchedOf([watched, watching(FOREIGN, notifications)], { registry: OWN })).toBe(watched);
});

test.each([
  ["the very name", "moorgate", "moorgate", true],
  ["a name that begins alike", "moorgate", "moorgate/x", false],
  ["a session of the gate's role", ROLE, `${ROLE}/on-schedule`, true],
  ["a session of a role whose name begins alike", ROLE, `${ROLE}-admin/somebody`, false],
  ["somebody", ROLE, "arn:aws:iam::123456789012:user/somebody", false],
  ["nobody", ROLE, undefined, false],
  ["anybody where the gate's name is not known", undefined, "moorgate", false],
])("%s: %s did what %s did: %s", (_, own, actor, isOwn) => {
  const gateActors = own === undefined ? [] : ["somebody-else", own];
  expect(isGate({ gateActors }, actor)).toBe(isOwn);
});
