import { answerRefusal, Refusal } from "../../../../functions/local/registry/refusal.ts";
import { type Route, readRoute } from "../../../../functions/local/registry/route.ts";
import { faultOf } from "../faults.ts";
import { brokenFake, settled } from "../guarded.ts";
import type { Inside } from "../inside.ts";
import { AwsRefusal } from "../refusal.ts";
import type { RegistryState } from "../state/registry.ts";
import type { Principal } from "../world.ts";
import type { LayerStorage } from "./layer-storage.ts";
import { answerCatalog, answerReferrers, answerTags } from "./lists.ts";
import { answerManifest, type OciCall, refusalOf } from "./manifests.ts";

/** The OCI endpoint of one registry: the same images, by another protocol. */
export async function answerOci(
  inside: Inside,
  storage: LayerStorage,
  registry: RegistryState,
  request: Request,
): Promise<Response | "lost"> {
  const answer = await settled(inside, request, () => answerOne(inside, storage, registry, request));
  if (answer !== "lost") answer.headers.set("docker-distribution-api-version", "registry/2.0");
  return answer;
}

async function answerOne(inside: Inside, storage: LayerStorage, registry: RegistryState, request: Request): Promise<Response | "lost"> {
  try {
    const principal = whoAsks(inside, registry, request);
    if (principal === undefined) return unauthorized(registry);
    const url = new URL(request.url);
    const route = readRoute(url.pathname);
    if (route === undefined) throw new Refusal(404, "UNSUPPORTED", "there is no such endpoint");
    const fate = await inside.decide({ service: "oci", operation: `${request.method} ${route.kind}`, ...placeOf(registry) });
    if (fate === "throttle" || fate === "fail") return trouble(fate);
    if (route.kind === "manifest" && request.method === "PUT" && !inside.mayPutImage(registry)) return trouble("throttle");
    const answer = await dispatch({ world: inside.world, registry, principal, request, url }, storage, route);
    return fate === "lost" ? "lost" : answer;
  } catch (error) {
    const refusal = refusalOf(error);
    return refusal === undefined ? brokenFake(inside, `${request.method} ${request.url}`, error) : answerRefusal(refusal);
  }
}

function placeOf({ account, region }: RegistryState): { readonly account: string; readonly region: string } {
  return { account, region };
}

function trouble(fate: "throttle" | "fail"): Response {
  const { code, message, status } = faultOf("oci", fate);
  return Response.json({ errors: [{ code, message }] }, { status });
}

/** User `AWS` with the password of a token; a token is good for the registries of its account. @throws Refusal when its time is over */
function whoAsks({ tokens, world }: Inside, { account }: RegistryState, { headers }: Request): Principal | undefined {
  const [, encoded = ""] = /^Basic (.+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  const [, password = ""] = /^AWS:(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
  const token = tokens.get(password);
  if (token === undefined || token.principal.account !== account) return undefined;
  if (token.expiresAt > world.now()) return token.principal;
  throw new Refusal(403, "DENIED", "Your authorization token has expired. Reauthenticate and try again.");
}

function unauthorized({ account, region }: RegistryState): Response {
  const realm = `https://${account}.dkr.ecr.${region}.amazonaws.com/`;
  return new Response("Not Authorized\n", {
    status: 401,
    headers: { "content-type": "text/plain", "www-authenticate": `Basic realm="${realm}",service="ecr.amazonaws.com"` },
  });
}

async function dispatch(call: OciCall, storage: LayerStorage, route: Route): Promise<Response> {
  switch (route.kind) {
    case "base":
      return Response.json({});
    case "catalog":
      return answerCatalog(call);
    case "tags":
      return answerTags(call, route.repository);
    case "referrers":
      return answerReferrers(call, route.repository, route.digest);
    case "manifest":
      return answerManifest(call, route.repository, route.reference);
    case "blob":
      return answerBlob(call, storage, route.repository, route.digest);
    case "uploads":
    case "upload":
      return answerUpload(call, route.repository);
  }
}

async function answerBlob(call: OciCall, storage: LayerStorage, repository: string, digest: string): Promise<Response> {
  needThere(call, repository);
  const isThere = call.registry.blobs.size(repository, digest) !== undefined;
  if (call.request.method !== "GET" || !isThere) return call.registry.blobs.handle(call.request);
  return new Response(null, { status: 307, headers: { location: storage.sign(call.registry, repository, digest) } });
}

/** Blobs are taken over from another repository only where the account says so; else they have to be uploaded. */
async function answerUpload(call: OciCall, repository: string): Promise<Response> {
  const { registry, request, url } = call;
  const isMounting = url.searchParams.has("mount");
  const creates = [...registry.templates.values()].some(
    ({ appliedFor }) => Array.isArray(appliedFor) && appliedFor.includes("CREATE_ON_PUSH"),
  );
  if (!creates) needThere(call, repository);
  if (!isMounting || registry.settings.get("BLOB_MOUNTING") === "ENABLED") return registry.blobs.handle(request);
  url.search = "";
  return registry.blobs.handle(new Request(url, { method: "POST", headers: request.headers }));
}

function needThere({ registry }: OciCall, repository: string): void {
  if (registry.repositories.has(repository)) return;
  const message = `The repository with name '${repository}' does not exist in the registry with id '${registry.account}'`;
  throw new AwsRefusal("RepositoryNotFoundException", message);
}
