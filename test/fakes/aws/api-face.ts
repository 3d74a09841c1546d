import { randomUUID } from "node:crypto";
import type { Service } from "./contract/model.ts";
import { answerEcr } from "./ecr/operations.ts";
import { answerError, guarded, settled, type Work } from "./guarded.ts";
import type { Signed } from "./identities.ts";
import { type Input, isRecord } from "./input.ts";
import type { Inside } from "./inside.ts";
import { COVERAGE_OPERATIONS } from "./inspector2/coverage.ts";
import { FINDING_OPERATIONS } from "./inspector2/findings.ts";
import { AwsRefusal } from "./refusal.ts";
import { inputOf, type RestOperation, routeRest } from "./rest.ts";
import { SIGNER_DATA_OPERATIONS, SIGNER_OPERATIONS } from "./signer/operations.ts";
import type { RegistryState } from "./state/registry.ts";
import { answerSts } from "./sts/face.ts";

const TARGET = "AmazonEC2ContainerRegistry_V20150921.";
const TOKEN_MS = 12 * 3_600_000;

export const REST: readonly (readonly [Service, readonly RestOperation[]])[] = [
  ["inspector2", [...FINDING_OPERATIONS, ...COVERAGE_OPERATIONS]],
  ["signer", SIGNER_OPERATIONS],
  ["signer-data", SIGNER_DATA_OPERATIONS],
];

/** One endpoint for all services and regions: which is meant, the signature of the request says. */
export async function answerApi(inside: Inside, request: Request): Promise<Response | "lost"> {
  return settled(inside, request, () => answerOne(inside, request));
}

async function answerOne(inside: Inside, request: Request): Promise<Response | "lost"> {
  const body = await request.text();
  const target = request.headers.get("x-amz-target");
  if (target?.startsWith(TARGET) === true) return answerTarget(inside, request, target.slice(TARGET.length), body);
  if (new URL(request.url).pathname === "/" && body.includes("Action=")) return answerSts(inside, request, body);
  return answerRest(inside, request, body);
}

async function answerTarget(inside: Inside, request: Request, operation: string, body: string): Promise<Response | "lost"> {
  return guarded(inside, request, "ecr", operation, (signed, registry) => {
    const input = parseBody(body);
    const authorize = () => giveToken(inside, registry, signed);
    const call = { world: inside.world, registry, principal: signed.principal, host: inside.hostOf(registry), authorize, input };
    const run = (): Readonly<Record<string, unknown>> => answerEcr(operation, call) ?? unknown(inside, operation);
    return { input, run };
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
  return guarded(inside, request, found.service, found.routed.operation.name, (_, registry) =>
    restWork(inside, found.routed.operation, inputOf(found.routed, url.searchParams, parseBody(body)), registry),
  );
}

function restWork({ world, revocations, profiles: all }: Inside, { answer }: RestOperation, input: Input, registry: RegistryState): Work {
  const profiles = all.filter((one) => String(one["arn"]).includes(`:signer:${registry.region}:${registry.account}:`));
  return { input, run: () => answer({ world, registry, input, revocations, profiles }) };
}

function giveToken({ tokens, world, hostOf }: Inside, registry: RegistryState, { principal }: Signed) {
  const [password, expiresAt] = [randomUUID(), world.now() + TOKEN_MS];
  tokens.set(password, { principal, expiresAt });
  const host = hostOf(registry);
  const scheme = host.startsWith("127.") ? "http" : "https";
  return { token: Buffer.from(`AWS:${password}`).toString("base64"), expiresAt, endpoint: `${scheme}://${host}` };
}

function unknown({ contract }: Inside, operation: string): never {
  contract.refuse(`ecr.${operation}: there is no such operation here`);
  throw new AwsRefusal("UnknownOperationException", `There is no operation ${operation}`);
}

function parseBody(body: string): Input {
  if (body === "") return {};
  const parsed: unknown = JSON.parse(body);
  return isRecord(parsed) ? parsed : {};
}
