import { readFileSync } from "node:fs";
import { type Gate, openGate } from "../../shared/compose/gate.ts";
import { type FileSettings, parseSettings } from "../../shared/compose/settings.ts";
import { kindOf, openStore } from "../../shared/compose/store.ts";
import { add, parseDuration } from "../../shared/domain/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/ports/log.ts";
import type { Store } from "../../shared/ports/store.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { type Environment, readEnvironment } from "../../shared/runtime/config.ts";
import { openLog } from "../../shared/runtime/log.ts";
import { type FunctionSettings, placeOf, readFunctionSettings } from "./environment.ts";
import { headSigner } from "./journal-key.ts";
import { once } from "./once.ts";
import { withSecrets } from "./secrets.ts";
import { untilOver } from "./turn.ts";
import { version } from "./version.ts";

/**
 * What the functions on AWS are and what they need. Each is bundled into a folder of its own, `dist/aws/NAME`, with its handler in `index.handler`:
 *
 * | function | woken by | answers |
 * |---|---|---|
 * | on-registry-event | SQS, batches of up to 10, `ReportBatchItemFailures` | batchItemFailures |
 * | on-webhook | Function URL, `AuthType: NONE`: registries outside, the API, the dashboard | HTTP |
 * | on-schedule | EventBridge Scheduler, input `{"task": NAME}`, names in `tasks.ts` | nothing, or it throws |
 * | forward-audit | DynamoDB stream, `ReportBatchItemFailures`; also from the scheduler, without records | batchItemFailures |
 * | admit | Function URL, `AuthType: NONE`: admission reviews of clusters at `/admission` | HTTP |
 * | canary | EventBridge Scheduler | nothing, or it throws |
 *
 * Two that forward at once send events twice, which receivers know by their ids: forward-audit should run once at a time. Its filter may leave everything but
 * `{"dynamodb": {"NewImage": {"o": {"N": ["1"]}}}}` out.
 *
 * Environment:
 * - `MOORGATE_STORE`: the table, `dynamodb://REGION/TABLE`; left out where the settings name it under `store`.
 * - `MOORGATE_POLICY`, `MOORGATE_SETTINGS`: files in the package, `policy.yaml` and `moorgate.yaml`.
 * - `MOORGATE_SECRETS`: name or ARN of a secret in Secrets Manager, one JSON object of texts. Settings name its members as they name the environment: `env:NAME`.
 *   `MOORGATE_JOURNAL_KEY` is one of them: an Ed25519 private key in PEM form, that signs the journal (all but admit and canary need it).
 * - `MOORGATE_EVENTS_QUEUE`: URL of the queue of on-registry-event. With it, what is to be tried again comes again when it is due, not when its visibility timeout
 *   ends (`sqs:ChangeMessageVisibility`); canary needs it (`sqs:SendMessage`).
 * - `MOORGATE_HOSTS`: names beside that of the Function URL under which the API is reached, with commas between them.
 * - `MOORGATE_ROLES`: ARNs of the roles of all functions that call registries, with commas between them: what one of them did is the gate's own doing to the others.
 * - `MOORGATE_TRUST_ROOTS`: folder for roots that come from mirrors, `/tmp/moorgate/trust-roots`.
 * - `MOORGATE_LOG`: `info`, `warn`, `error` or `silent`.
 */
export interface Wired {
  readonly gate: Gate;
  readonly store: Store;
  readonly file: FileSettings;
  readonly settings: FunctionSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** Learns what another function has changed, where that was not done lately: a container lives for hours. */
  freshen(): Promise<void>;
}

/** How old may be what another function changed: a take-over that somebody confirmed. */
const FRESH_FOR = parseDuration("30s");

/** Puts the parts together once for each container, when they are first asked for; a failure is tried again with the next call. */
export const wired = once(() => wire(readEnvironment(), systemClock));

/** @throws ParseError, PolicyError on settings; AdapterError */
export async function wire(environment: Environment, clock: Clock): Promise<Wired> {
  const settings = readFunctionSettings(environment);
  const log = openLog({ level: settings.logLevel, clock });
  const whole = await withSecrets(environment, settings.secrets);
  const { policyFile, trustRoots, roles } = settings;
  const read = parseSettings(readFileSync(settings.settingsFile, "utf8"), settings.settingsFile, whole, () => async () => undefined);
  const registries = read.registries.map((entry) =>
    entry.provider === "ecr" ? { ...entry, aws: { ...entry.aws, ownRoles: roles } } : entry,
  );
  const file = { ...read, registries };
  const place = placeOf(settings, file.store);
  const store = untilOver(await openStore(kindOf(place), { place, signHead: headSigner(whole) }));
  const gate = await openGate({ ...file, policyFile, trustRoots, version }, store, clock, log);
  return { gate, store, file, settings, clock, log, freshen: freshener(gate, clock) };
}

function freshener({ deps }: Gate, clock: Clock): Wired["freshen"] {
  let readAt = clock.now();
  return async () => {
    const now = clock.now();
    if (now < add(readAt, FRESH_FOR)) return;
    await deps.standings.refresh();
    readAt = now;
  };
}
