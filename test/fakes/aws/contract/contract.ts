import type { ErrorObject } from "ajv";
import { COMMON_ERRORS, isKnownDeviation } from "./deviations.ts";
import type { Models, Service, ServiceModel } from "./model.ts";

/** An error as it goes out. */
export interface SentError {
  readonly code: string;
  readonly status: number;
  readonly body: unknown;
}

/** Holds requests and answers against what the vendor publishes. Whatever does not fit is written down, whether or not somebody minded. */
export interface Contract {
  request(service: Service, operation: string, input: unknown): void;
  answer(service: Service, operation: string, status: number, body: unknown): void;
  error(service: Service, operation: string, error: SentError): void;
  refuse(why: string): void;
  /** What did not fit so far; it is forgotten, for a test that wanted it so. */
  takeRefusals(): readonly string[];
}

/** @param models undefined where they are not at hand: only what needs none of them is seen then. */
export function openContract(models: Models | undefined): Contract {
  const refusals: string[] = [];
  const refuse = (why: string): void => void refusals.push(why);
  return {
    request(service, operation, input) {
      const model = models?.(service);
      if (model === undefined) return;
      const known = model.operations[operation];
      if (known === undefined) return refuse(`${service}.${operation}: the model has no such operation`);
      for (const fault of faultsOf(model, known.input, input)) refuse(`${service}.${operation} request ${print(fault)}`);
    },
    answer(service, operation, status, body) {
      const model = models?.(service);
      const known = model?.operations[operation];
      if (model === undefined || known === undefined) return;
      if (status !== (known.http.responseCode ?? 200)) refuse(`${service}.${operation} answer: status ${status}`);
      const faults = faultsOf(model, known.output, body).filter((fault) => !isKnownDeviation(operation, fault));
      for (const fault of faults) refuse(`${service}.${operation} answer ${print(fault)}`);
    },
    error(service, operation, error) {
      const model = models?.(service);
      if (model !== undefined)
        for (const why of errorFaults(model, operation, error)) refuse(`${service}.${operation} error ${error.code} ${why}`);
    },
    refuse,
    takeRefusals: () => refusals.splice(0),
  };
}

function faultsOf(model: ServiceModel, pointer: string | null, value: unknown): readonly ErrorObject[] {
  if (pointer === null) return [];
  const validate = model.validator(pointer);
  return validate(value) ? [] : (validate.errors ?? []);
}

function errorFaults(model: ServiceModel, operation: string, { code, status, body }: SentError): readonly string[] {
  const isListed = model.operations[operation]?.errors.includes(code) === true;
  if (!isListed) return COMMON_ERRORS[code]?.includes(status) === true ? [] : ["is not one that this operation answers with"];
  const shape = model.shapes[code];
  const due = shape?.error?.httpStatusCode ?? (shape?.fault === true ? 500 : 400);
  const faults = faultsOf(model, `#/$defs/${code}`, body).map(print);
  return status === due ? faults : [...faults, `has status ${status}, not ${due}`];
}

function print({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath}: ${message ?? ""} ${JSON.stringify(params)}`;
}
