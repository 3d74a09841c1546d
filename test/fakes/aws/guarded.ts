import { randomUUID } from "node:crypto";
import type { Service } from "./contract/model.ts";
import { denied, type FaultCall, faultOf } from "./faults.ts";
import type { Signed } from "./identities.ts";
import type { Input } from "./input.ts";
import type { Inside } from "./inside.ts";
import { AwsRefusal } from "./refusal.ts";
import type { RegistryState } from "./state/registry.ts";

/** What is done for one operation. */
export interface Work {
  readonly input: Input;
  readonly run: () => Readonly<Record<string, unknown>>;
}

/** Who calls, what trouble there is on the way, the contract on both sides, and the error form of the service. */
export async function guarded(
  inside: Inside,
  request: Request,
  service: Service,
  operation: string,
  prepare: (signed: Signed, registry: RegistryState) => Work,
): Promise<Response | "lost"> {
  const form = service === "ecr" ? "target" : "rest";
  let isLost = false;
  try {
    const signed = whoSigned(inside, request, service);
    const registry = inside.world.registry(signed.principal.account, signed.region);
    const work = prepare(signed, registry);
    inside.contract.request(service, operation, work.input);
    isLost = await meetFate(inside, faultCall(service, operation, registry));
    if (operation === "PutImage" && !inside.mayPutImage(registry)) throw faultOf("ecr", "throttle");
    const answer = work.run();
    inside.contract.answer(service, operation, 200, answer);
    return isLost ? "lost" : answerJson(answer, 200, form);
  } catch (error) {
    if (!(error instanceof AwsRefusal)) return brokenFake(inside, `${service}.${operation}`, error);
    inside.contract.error(service, operation, { code: error.code, status: error.status, body: errorBody(error, form) });
    return isLost ? "lost" : answerError(error, form);
  }
}

/** A fault of the fake itself is no answer of the vendor: the suite fails. */
export function brokenFake({ contract }: Inside, what: string, error: unknown): Response {
  contract.refuse(`${what}: the fake broke: ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)}`);
  return new Response(null, { status: 500 });
}

/** What is due is done before and after a call. */
export async function settled(inside: Inside, request: Request, work: () => Promise<Response | "lost">): Promise<Response | "lost"> {
  try {
    await inside.settle();
    const answer = await work();
    await inside.settle();
    return answer;
  } catch (error) {
    return brokenFake(inside, `${request.method} ${request.url}`, error);
  }
}

function whoSigned(inside: Inside, { headers }: Request, service: Service): Signed {
  const signed = inside.identities.whoSigned(headers, service === "ecr" ? 400 : 403);
  const due = service === "signer-data" ? "signer" : service;
  if (signed.service === due) return signed;
  throw new AwsRefusal("UnrecognizedClientException", `Credential should be scoped to ${due}`, { status: 403 });
}

function faultCall(service: Service, operation: string, { account, region }: RegistryState): FaultCall {
  return { service: service === "signer-data" ? "signer" : service, operation, account, region };
}

/** @returns whether the answer gets lost. @throws AwsRefusal */
export async function meetFate(inside: Inside, call: FaultCall): Promise<boolean> {
  const fate = await inside.decide(call);
  if (fate === "throttle" || fate === "fail") throw faultOf(call.service, fate);
  if (fate === "deny") throw denied(call);
  return fate === "lost";
}

type Form = "target" | "rest";

function errorBody({ code, message, members }: AwsRefusal, form: Form): Readonly<Record<string, unknown>> {
  return { ...(form === "target" ? { __type: code } : {}), message, ...members };
}

export function answerError(refusal: AwsRefusal, form: Form): Response {
  const response = answerJson(errorBody(refusal, form), refusal.status, form);
  response.headers.set("x-amzn-errortype", refusal.code);
  if (refusal.status === 429) response.headers.set("retry-after", "1");
  return response;
}

function answerJson(body: Readonly<Record<string, unknown>>, status: number, form: Form): Response {
  const type = form === "target" ? "application/x-amz-json-1.1" : "application/json";
  return new Response(JSON.stringify(body), { status, headers: { "content-type": type, "x-amzn-requestid": randomUUID() } });
}
