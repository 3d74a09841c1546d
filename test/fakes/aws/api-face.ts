import { randomUUID } from "node:crypto";
import type { Service } from "./contract/model.ts";
import { answerEcr } from "./ecr/operations.ts";
import { type FaultCall, faultOf } from "./faults.ts";
import type { Signed } from "./identities.ts";
import { type Input, isRecord } from "./input.ts";
import type { Inside } from "./inside.ts";
import { COVERAGE_OPERATIONS } from "./inspector2/coverage.ts";
import { FINDING_OPERATIONS } from "./inspector2/findings.ts";
import { AwsRefusal } from "./refusal.ts";
import { inputOf, type RestOperation, type Routed, routeRest } from "./rest.ts";
import { SIGNER_DATA_OPERATIONS, SIGNER_OPERATIONS } from "./signer/operations.ts";
import type { RegistryState } from "./state/registry.ts";
import { assumeRole, errorXml } from "./sts/assume-role.ts";

const TARGET = "AmazonEC2ContainerRegistry_V20150921.";
const TOKEN_MS = 12 * 3_600_000;

export const REST: readonly (readonly [Service, readonly RestOperation[]])[] = [
  ["inspector2", [...FINDING_OPERATIONS, ...COVERAGE_OPERATIONS]],
  ["signer", SIGNER_OPERATIONS],
  ["signer-data", SIGNER_DATA_OPERATIONS],
];

/** One endpoint for all services and regions: which is meant, the signature of the request says. */
export async function answerApi(inside: Inside, request: Request): Promise<Response | "lost"> {
  await inside.settle();
  const answer = await answerOne(inside, request);
  await inside.settle();
  return answer;
}

async function answerOne(inside: Inside, request: Request): Promise<Response | "lost"> {
  const body = await request.text();
  const target = request.headers.get("x-amz-target");
  if (target?.startsWith(TARGET) === true) return answerTarget(inside, request, target.slice(TARGET.length), body);
  if (new URL(request.url).pathname === "/" && body.includes("Action=")) return answerSts(inside, request, body);
  return answerRest(inside, request, body);
}

/** What is done for one operation, with its place in the contract. */
interface Work {
  readonly service: Service;
  readonly operation: string;
  readonly input: Input;
  readonly signed: Signed;
  readonly registry: RegistryState;
  readonly run: () => Readonly<Record<string, unknown>>;
}

async function answerTarget(inside: Inside, request: Request, operation: string, body: string): Promise<Response | "lost"> {
  return guarded(inside, request, "ecr", operation, async (signed, registry) => {
    const input = parseBody(body);
    const authorize = () => giveToken(inside, registry, signed);
    const call = { world: inside.world, registry, principal: signed.principal, host: inside.hostOf(registry), authorize, input };
    const run = (): Readonly<Record<string, unknown>> => answerEcr(operation, call) ?? unknown(inside, "ecr", operation);
    return { service: "ecr", operation, input, signed, registry, run };
  });
}

async function answerRest(inside: Inside, request: Request, body: string): Promise<Response | "lost"> {
  const url = new URL(request.url);
  const [found] = REST.flatMap(([service, operations]) => {
    const routed = routeRest(operations, request.method, url.pathname);
    return routed === undefined ? [] : [{ service, routed }];
  });
  if (found === undefined) {
    inside.contract.refuse(`${request.method} ${url.pathname}: there is no such operation here`);
    return answerError(new AwsRefusal("UnknownOperationException", "There is no such operation", { status: 404 }), "rest");
  }
  return guarded(inside, request, found.service, found.routed.operation.name, async (signed, registry) =>
    restWork(inside, found.service, found.routed, inputOf(found.routed, url.searchParams, parseBody(body)), signed, registry),
  );
}

function restWork(inside: Inside, service: Service, routed: Routed, input: Input, signed: Signed, registry: RegistryState): Work {
  const { name, answer } = routed.operation;
  const { world, revocations } = inside;
  const profiles = inside.profiles.filter((one) => String(one["arn"]).includes(`:signer:${registry.region}:${registry.account}:`));
  return { service, operation: name, input, signed, registry, run: () => answer({ world, registry, input, revocations, profiles }) };
}

/** Who calls, what trouble there is on the way, the contract on both sides, and the error form of the service. */
async function guarded(
  inside: Inside,
  request: Request,
  service: Service,
  operation: string,
  prepare: (signed: Signed, registry: RegistryState) => Promise<Work>,
): Promise<Response | "lost"> {
  const form = service === "ecr" ? "target" : "rest";
  try {
    const signed = whoSigned(inside, request, service);
    const registry = inside.world.registry(signed.principal.account, signed.region);
    const work = await prepare(signed, registry);
    inside.contract.request(service, operation, work.input);
    const isLost = await meetFate(inside, faultCall(service, operation, registry));
    if (operation === "PutImage" && !inside.mayPutImage(registry)) throw faultOf("ecr", "throttle");
    const answer = work.run();
    inside.contract.answer(service, operation, 200, answer);
    return isLost ? "lost" : answerJson(answer, 200, form);
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error;
    inside.contract.error(service, operation, { code: error.code, status: error.status, body: errorBody(error, form) });
    return answerError(error, form);
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
async function meetFate(inside: Inside, call: FaultCall): Promise<boolean> {
  const fate = await inside.decide(call);
  if (fate === "throttle" || fate === "fail") throw faultOf(call.service, fate);
  return fate === "lost";
}

function giveToken({ tokens, world, hostOf }: Inside, registry: RegistryState, { principal }: Signed) {
  const [password, expiresAt] = [randomUUID(), world.now() + TOKEN_MS];
  tokens.set(password, { principal, expiresAt });
  const host = hostOf(registry);
  const scheme = host.startsWith("127.") ? "http" : "https";
  return { token: Buffer.from(`AWS:${password}`).toString("base64"), expiresAt, endpoint: `${scheme}://${host}` };
}

function unknown({ contract }: Inside, service: Service, operation: string): never {
  contract.refuse(`${service}.${operation}: there is no such operation here`);
  throw new AwsRefusal("UnknownOperationException", `There is no operation ${operation}`);
}

/** There is no model of this service: what it answers is not held against a contract. */
async function answerSts(inside: Inside, request: Request, body: string): Promise<Response | "lost"> {
  const form = new URLSearchParams(body);
  const xml = (text: string, status: number): Response => new Response(text, { status, headers: { "content-type": "text/xml" } });
  try {
    const { principal, region } = inside.identities.whoSigned(request.headers, 403);
    const operation = form.get("Action") ?? "";
    const isLost = await meetFate(inside, { service: "sts", operation, account: principal.account, region });
    if (operation !== "AssumeRole") {
      inside.contract.refuse(`sts.${operation}: there is no such operation here`);
      throw new AwsRefusal("InvalidAction", `There is no action ${operation}`);
    }
    const answer = assumeRole(inside.identities, form);
    return isLost ? "lost" : xml(answer, 200);
  } catch (error) {
    if (!(error instanceof AwsRefusal)) throw error;
    return xml(errorXml(error), error.status);
  }
}

function parseBody(body: string): Input {
  if (body === "") return {};
  const parsed: unknown = JSON.parse(body);
  return isRecord(parsed) ? parsed : {};
}

type Form = "target" | "rest";

function errorBody({ code, message, members }: AwsRefusal, form: Form): Readonly<Record<string, unknown>> {
  return { ...(form === "target" ? { __type: code } : {}), message, ...members };
}

function answerError(refusal: AwsRefusal, form: Form): Response {
  const response = answerJson(errorBody(refusal, form), refusal.status, form);
  response.headers.set("x-amzn-errortype", refusal.code);
  if (refusal.status === 429) response.headers.set("retry-after", "1");
  return response;
}

function answerJson(body: Readonly<Record<string, unknown>>, status: number, form: Form): Response {
  const type = form === "target" ? "application/x-amz-json-1.1" : "application/json";
  return new Response(JSON.stringify(body), { status, headers: { "content-type": type, "x-amzn-requestid": randomUUID() } });
}
