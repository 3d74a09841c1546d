import { ParseError, quote } from "../../shared/domain/parse-error.ts";
import type { Environment } from "../../shared/runtime/config.ts";
import type { LogLevel } from "../../shared/runtime/log.ts";

/** What the functions are told by their environment; `wire.ts` says what each name means. */
export interface FunctionSettings {
  /** Place of the store; absent: the settings name it. */
  readonly store?: string;
  readonly policyFile: string;
  readonly settingsFile: string;
  readonly secrets?: string;
  readonly eventsQueue?: URL;
  readonly trustRoots: string;
  readonly hosts: readonly string[];
  /** ARNs of the roles that the functions run as. */
  readonly roles: readonly string[];
  readonly logLevel: LogLevel;
}

/** The only folder of a function that can be written to. */
const TRUST_ROOTS = "/tmp/moorgate/trust-roots";
const LEVELS: readonly LogLevel[] = ["info", "warn", "error", "silent"];

/** @throws ParseError that names the variable */
export function readFunctionSettings(environment: Environment): FunctionSettings {
  const store = given(environment, "MOORGATE_STORE");
  const secrets = given(environment, "MOORGATE_SECRETS");
  const queue = given(environment, "MOORGATE_EVENTS_QUEUE");
  return {
    ...(store === undefined ? {} : { store }),
    policyFile: given(environment, "MOORGATE_POLICY") ?? "policy.yaml",
    settingsFile: given(environment, "MOORGATE_SETTINGS") ?? "moorgate.yaml",
    ...(secrets === undefined ? {} : { secrets }),
    ...(queue === undefined ? {} : { eventsQueue: addressOf(queue) }),
    trustRoots: given(environment, "MOORGATE_TRUST_ROOTS") ?? TRUST_ROOTS,
    hosts: listIn(environment, "MOORGATE_HOSTS").map((host) => host.toLowerCase()),
    roles: listIn(environment, "MOORGATE_ROLES"),
    logLevel: levelOf(given(environment, "MOORGATE_LOG") ?? "info"),
  };
}

function given(environment: Environment, name: string): string | undefined {
  const text = environment[name]?.trim();
  return text === "" ? undefined : text;
}

function listIn(environment: Environment, name: string): readonly string[] {
  const parts = (given(environment, name) ?? "").split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "");
}

function addressOf(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new ParseError("MOORGATE_EVENTS_QUEUE", `${quote(text)} is no address`, "give the queue's URL");
}

function levelOf(text: string): LogLevel {
  const level = LEVELS.find((each) => each === text);
  if (level !== undefined) return level;
  throw new ParseError("MOORGATE_LOG", `${quote(text)} is no level`, `write one of ${LEVELS.join(", ")}`);
}

/** @param named what the settings say. @throws ParseError */
export function placeOf({ store }: Pick<FunctionSettings, "store">, named: string | undefined): string {
  const place = store ?? named;
  if (place === undefined) throw new ParseError("MOORGATE_STORE", "it is not set", "write dynamodb://REGION/TABLE");
  return place;
}
