import type { Input } from "./input.ts";
import type { RegistryState } from "./state/registry.ts";
import type { World } from "./world.ts";

export interface RestCall {
  readonly world: World;
  readonly registry: RegistryState;
  readonly input: Input;
  readonly revocations: ReadonlySet<string>;
  readonly profiles: readonly Input[];
}

/** How a member of a query is read. */
export type QueryKind = "text" | "list" | "count" | "flag" | "time";

export interface RestOperation {
  readonly name: string;
  readonly method: "GET" | "POST";
  /** `{name}` stands for one part of the path. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryKind>>;
  readonly answer: (call: RestCall) => Readonly<Record<string, unknown>>;
}

export interface Routed {
  readonly operation: RestOperation;
  readonly parts: Input;
}

export function routeRest(operations: readonly RestOperation[], method: string, path: string): Routed | undefined {
  for (const operation of operations) {
    const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
    const pattern = new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`);
    const found = operation.method === method ? pattern.exec(path) : null;
    if (found === null) continue;
    return { operation, parts: Object.fromEntries(names.map((name, place) => [name, decodeURIComponent(found[place + 1] ?? "")])) };
  }
  return undefined;
}

/** All members of a request, wherever they stood in it. */
export function inputOf({ operation, parts }: Routed, query: URLSearchParams, body: Input): Input {
  const asked = Object.entries(operation.query ?? {}).filter(([name]) => query.has(name));
  // What no member is named after stays as it came, for the contract to refuse it.
  const strange = [...query.keys()].filter((name) => operation.query?.[name] === undefined).map((name) => [name, query.get(name)]);
  const read = asked.map(([name, kind]) => [name, readMember(query, name, kind)]);
  return { ...body, ...parts, ...Object.fromEntries(strange), ...Object.fromEntries(read) };
}

function readMember(query: URLSearchParams, name: string, kind: QueryKind): unknown {
  const value = query.get(name) ?? "";
  switch (kind) {
    case "text":
      return value;
    case "list":
      return query.getAll(name);
    case "count":
      return Number(value);
    case "flag":
      return value === "true";
    case "time":
      // Written as text in a query, and checked as the number that the models have for times.
      return Date.parse(value) / 1000;
  }
}
