import { actionId, type Before, type MoveAction, type MoveVerb } from "../../shared/domain/action.ts";
import type { Digest } from "../../shared/domain/digest.ts";
import { type ImageKey, parseRegistryHost, parseRepository, printImageKey } from "../../shared/domain/image-ref.ts";
import { OCI_INDEX } from "../../shared/domain/manifest.ts";
import { openClient, type RegistryClient } from "../../shared/oci/client.ts";
import type { ClientSettings } from "../../shared/oci/transport.ts";
import type { Registry } from "../../shared/ports/registry.ts";
import { byBlock } from "../../shared/providers/oci/hold-by-block.ts";
import { BY_NOTHING, BY_UNTAG } from "../../shared/providers/oci/hold-by-untag.ts";
import { BY_MOVE, type Holding } from "../../shared/providers/oci/holding.ts";
import type { Puller } from "../../shared/providers/oci/pullers.ts";
import { openOciRegistry } from "../../shared/providers/oci/registry.ts";
import { BRIEF_RETRY } from "../../shared/runtime/retry.ts";
import { type Around, readAnswer, type ServedRegistry, serveRegistry } from "../fakes/served-registry.ts";
import { vendorBlock } from "../fakes/vendor-block.ts";
import { serveVendor, type VendorOptions } from "../fakes/vendor-registry.ts";
import { NOW } from "../fixtures/records.ts";

/** One registry product, or one way in which some behave. */
export interface RegistryRow {
  readonly name: string;
  readonly quirks: Around;
  /** Acts are cut off after every so many changes; 1 where most can go wrong. */
  readonly stride: number;
  /** A product with a mechanism of its own; absent: what the protocol offers, which is to move. */
  readonly vendor?: Omit<VendorOptions, "around">;
  /** Where it is not the registry that is built in: a real one, with `around` before it. */
  readonly serve?: (around: Around) => Promise<ServedRegistry>;
  /** A product with a provider of its own. */
  readonly product?: (around: Around) => Promise<Product>;
}

/** One that is reached in its own way. */
export interface Product {
  readonly served: ServedRegistry;
  readonly blocked: World["blocked"];
  /** Hosts that the provider talks to, that of the images first. */
  readonly endpoints: readonly string[];
  openThrough(hosts: readonly string[], more: Partial<ClientSettings>, replica?: Puller): Registry;
}

export const QUARANTINE = "quarantine";

const whole: Around = (request, registry) => registry(request);

/** distribution 2.8: no referrers API, no OCI-Subject, no deletion by tag (recorded). */
const distribution: Around = async (request, registry) => {
  const path = new URL(request.url).pathname;
  if (path.includes("/referrers/")) return new Response("404 page not found\n", { status: 404, headers: { "content-type": "text/plain" } });
  const isTag = path.includes("/manifests/") && !path.includes("sha256:") && !path.includes("sha512:");
  if (request.method === "DELETE" && isTag) return Response.json({ errors: [{ code: "DIGEST_INVALID" }] }, { status: 400 });
  const response = await registry(request);
  response.headers.delete("oci-subject");
  return response;
};

/** Mounts nothing: every blob has to be copied (allowed by distribution-spec, met behind caches). Deletes no child of a tagged index, as zot. */
const strict: Around = async (request, registry) => {
  const url = new URL(request.url);
  const [, repository = "", digest = ""] = /^\/v2\/(.+)\/manifests\/(sha\d+:.+)$/.exec(url.pathname) ?? [];
  if (request.method === "DELETE" && (await isChild(url, repository, digest, registry))) {
    return Response.json({ code: "DENIED" }, { status: 405 });
  }
  if (!url.searchParams.has("mount")) return registry(request);
  url.search = "";
  return registry(new Request(url, { method: "POST", headers: request.headers }));
};

async function isChild(
  { origin }: URL,
  repository: string,
  digest: string,
  registry: (request: Request) => Promise<Response>,
): Promise<boolean> {
  const get = async (path: string) => readAnswer(await registry(new Request(`${origin}/v2/${repository}/${path}`)));
  for (const tag of (await get("tags/list")).tags) {
    const { manifests, mediaType } = await get(`manifests/${tag}`);
    const isList = /^sha256-[0-9a-f]{64}$/.test(tag) || mediaType !== OCI_INDEX;
    if (!isList && manifests.some((child) => child.digest === digest)) return true;
  }
  return false;
}

export const ROWS: readonly RegistryRow[] = [
  { name: "a registry of the specification", quirks: whole, stride: 6 },
  { name: "a registry like distribution 2.8", quirks: distribution, stride: 3 },
  { name: "a strict registry", quirks: strict, stride: 12 },
];

/** The ways to hold beside moving. */
export const VENDOR_ROWS: readonly RegistryRow[] = [
  { name: "a registry that locks", quirks: whole, stride: 1, vendor: { kind: "lock" } },
  { name: "a registry that archives", quirks: whole, stride: 1, vendor: { kind: "archive", looksUntilBack: 1 } },
  { name: "a registry that deletes and restores", quirks: whole, stride: 1, vendor: { kind: "restore-window" } },
  { name: "a registry that can only untag", quirks: whole, stride: 1, vendor: { kind: "untag" } },
  { name: "a registry that can do nothing", quirks: whole, stride: 1, vendor: { kind: "read-only" } },
];

export interface World {
  readonly served: ServedRegistry;
  /** What the product itself blocks. */
  readonly blocked: (repository: string) => readonly string[];
  readonly registry: Registry;
  readonly row: RegistryRow;
  /** Hosts that the provider talks to. */
  readonly endpoints: readonly string[];
  /** The same provider, each host reached through another one. */
  readonly openThrough: (hosts: readonly string[], more: Partial<ClientSettings>) => Registry;
  /** Sees every request of the registry under test before the quirks do. */
  fault: Around;
  key(repository: string, image: { readonly digest: Digest }): ImageKey;
}

/** The provider under test against the row's registry. Faults are not tried again, so that each is seen. */
export async function openWorld(row: RegistryRow, replica?: Puller): Promise<World> {
  const world: Pick<World, "fault"> = { fault: whole };
  const isOurs = (request: Request) => /(^| )moorgate$/.test(request.headers.get("user-agent") ?? "");
  const around: Around = (request, registry) => {
    const behind = (asked: Request) => row.quirks(asked, registry);
    return isOurs(request) ? world.fault(request, behind) : registry(request);
  };
  const { served, blocked, endpoints, openThrough } = await (row.product ?? builtIn(row))(around);
  const host = parseRegistryHost(served.host);
  return Object.assign(world, {
    served,
    blocked,
    row,
    endpoints,
    openThrough,
    registry: openThrough(endpoints, {}, replica),
    key: (repository: string, { digest }: { readonly digest: Digest }) => ({
      registry: host,
      repository: parseRepository(repository),
      digest,
    }),
  });
}

function builtIn(row: RegistryRow): (around: Around) => Promise<Product> {
  return async (around) => {
    const vendor = row.vendor === undefined ? undefined : await serveVendor({ ...row.vendor, around });
    const served = vendor ?? (await (row.serve?.(around) ?? serveRegistry({ around })));
    return {
      served,
      blocked: vendor?.blocked ?? (() => []),
      endpoints: [served.host],
      openThrough: ([host = served.host], more, replica) => registryAt(row, host, more, replica),
    };
  };
}

/** The provider under test against whatever answers there as the row's registry does. */
function registryAt(row: RegistryRow, address: string, more: Partial<ClientSettings> = {}, replica?: Puller): Registry {
  const host = parseRegistryHost(address);
  const settings = { host, plainHttp: true, credentials: async () => undefined, retry: { ...BRIEF_RETRY, tries: 1 }, ...more };
  const client = openClient(settings);
  const pullers = [{ client, host, isReplica: false, isGate: false }, ...(replica === undefined ? [] : [replica])] as const;
  return openOciRegistry(client, { host, quarantine: QUARANTINE }, pullers, holdingOf(settings, client, row));
}

function holdingOf(settings: ClientSettings, client: RegistryClient, { vendor }: RegistryRow): Holding {
  switch (vendor?.kind) {
    case undefined:
      return BY_MOVE;
    case "untag":
      return BY_UNTAG;
    case "read-only":
      return BY_NOTHING;
    case "lock":
    case "archive":
    case "restore-window":
      return byBlock(vendorBlock(settings, client, vendor.kind));
  }
}

/** By either protocol. */
export function isDeletion({ method, headers }: Request): boolean {
  return method === "DELETE" || headers.get("x-amz-target")?.endsWith(".BatchDeleteImage") === true;
}

/** Of a digest among others: a service may be asked for many at once. */
export async function isDeletionOf(request: Request, digest: string): Promise<boolean> {
  return isDeletion(request) && (request.url.endsWith(digest) || (await request.clone().text()).includes(digest));
}

export function actionFor(verb: MoveVerb, image: ImageKey, before: Before): MoveAction {
  const actor = { name: "gate", reason: "test" };
  return { id: actionId(verb, printImageKey(image), 1), verb, image, actor, cause: {}, generation: 1, plannedAt: NOW, before };
}

/** Surveys and holds. */
export async function holdNow({ registry }: World, image: ImageKey, sharedChildren: ReadonlySet<Digest> = new Set()): Promise<MoveAction> {
  const before = await registry.survey(image, sharedChildren);
  if (before === undefined) throw new Error("there is nothing to hold");
  const action = actionFor("hold", image, before);
  await registry.hold(action);
  return action;
}
