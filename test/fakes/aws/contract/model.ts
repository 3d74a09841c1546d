import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";

export const SERVICES = ["ecr", "inspector2", "signer", "signer-data"] as const;
export type Service = (typeof SERVICES)[number];

/** What the vendor publishes of one operation. */
export interface OperationModel {
  readonly input: string | null;
  readonly output: string | null;
  readonly errors: readonly string[];
  readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode?: number };
}

interface Wire {
  readonly $id: string;
  readonly "x-operations": Readonly<Record<string, OperationModel>>;
}

interface Shape {
  readonly exception?: boolean;
  readonly fault?: boolean;
  readonly error?: { readonly httpStatusCode?: number };
  readonly members?: Readonly<Record<string, { readonly location?: string; readonly locationName?: string }>>;
}

interface Api {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
}

export interface ServiceModel {
  readonly operations: Readonly<Record<string, OperationModel>>;
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Members of a request that stand elsewhere than in its body: `uri`, `querystring`, `header`. */
  locations(operation: string): Readonly<Record<string, string>>;
  /** @param pointer `#/$defs/NAME`. Compiled once. */
  validator(pointer: string): ValidateFunction;
}

/** Read and compiled when first asked for, which takes its time: one for all fakes of a test run. */
export type Models = (service: Service) => ServiceModel;

/** @param folder has `<service>/wire.schema.json` and `<service>/service-2.json`. */
export function openModels(folder: string): Models {
  const read = new Map<Service, ServiceModel>();
  return (service) => {
    const model = read.get(service) ?? readModel(folder, service);
    read.set(service, model);
    return model;
  };
}

function readModel(folder: string, service: Service): ServiceModel {
  const wire = readJson(join(folder, service, "wire.schema.json")) as Wire;
  const api = readJson(join(folder, service, "service-2.json")) as Api;
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(wire);
  const compiled = new Map<string, ValidateFunction>();
  return {
    operations: wire["x-operations"],
    shapes: api.shapes,
    locations(operation) {
      const members = api.shapes[api.operations[operation]?.input?.shape ?? ""]?.members ?? {};
      return Object.fromEntries(
        Object.entries(members).flatMap(([name, { location }]) => (location === undefined ? [] : [[name, location]])),
      );
    },
    validator(pointer) {
      const known = compiled.get(pointer) ?? ajv.compile({ $ref: wire.$id + pointer });
      compiled.set(pointer, known);
      return known;
    },
  };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
