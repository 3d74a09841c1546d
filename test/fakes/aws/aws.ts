import type { Loopback } from "../loopback.ts";
import type { Around } from "../served-registry.ts";
import { answerApi } from "./api-face.ts";
import { MODELS } from "./contract/at-hand.ts";
import { type Contract, openContract } from "./contract/contract.ts";
import type { Models } from "./contract/model.ts";
import { type EcrRegistry, openEcrRegistry } from "./ecr-registry.ts";
import type { AwsEvent } from "./events/aws-event.ts";
import { type Fate, type FaultCall, openRateLimit } from "./faults.ts";
import { serve } from "./http.ts";
import { type Credentials, openIdentities, type Role } from "./identities.ts";
import type { Inside } from "./inside.ts";
import { answerOci } from "./oci/face.ts";
import { serveLayers } from "./oci/layer-storage.ts";
import { openWorkQueue } from "./queue.ts";
import { openBlobHall } from "./state/blob-store.ts";
import { newRegistry, type RegistryState } from "./state/registry.ts";
import { type Controls, defaultControls, type World } from "./world.ts";

export interface AwsOptions {
  /** Accounts and regions; each account has a registry in each region. */
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
  readonly roles?: readonly Role[];
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Hears each event at once, in the order of the changes. */
  readonly sink?: (event: AwsEvent) => void;
  /** Sees every request first, to whichever endpoint. */
  readonly around?: Around;
  /** What requests and answers are held against; absent: what the vendor publishes, where it is at hand. */
  readonly models?: Models;
  /** What the vendor would call the endpoint of images, where a test has a way from there to the fake; absent: its loopback address. */
  readonly imageHost?: (account: string, region: string) => string;
}

/** ECR, Inspector, the signer and STS of some accounts, over real HTTP. */
export interface FakeAws {
  /** For the `endpoint` of every client. */
  readonly endpoint: string;
  readonly controls: Controls;
  readonly events: readonly AwsEvent[];
  /** Calls that were let through to be decided on, in order. */
  readonly calls: readonly FaultCall[];
  readonly contract: Contract;
  /** Asked before each call. */
  decide: (call: FaultCall) => Fate | Promise<Fate>;
  credentials(account?: string): Credentials;
  registry(region?: string, account?: string): EcrRegistry;
  revoke(what: string): void;
  /** Puts the clock forward and does what has come due. */
  forward(milliseconds: number): Promise<void>;
  /** @throws Error where something did not fit the vendor's contracts: the suite fails, also when the client survived it */
  close(): Promise<void>;
}

const HUB = "123456789012";
const REGION = "eu-central-1";

export async function serveAws(options: AwsOptions = {}): Promise<FakeAws> {
  const { accounts = [HUB], regions = [REGION], now = Date.now, roles = [] } = options;
  const clock = { ahead: 0 };
  const time = (): number => now() + clock.ahead;
  const [events, calls]: [AwsEvent[], FaultCall[]] = [[], []];
  const contract = openContract(options.models ?? MODELS);
  const [queue, hall, limit] = [openWorkQueue(time), await openBlobHall(), openRateLimit(time)];
  const registries = new Map<string, RegistryState>();
  const world: World = {
    controls: defaultControls(),
    now: time,
    later: queue.later,
    tell(event) {
      events.push(event);
      options.sink?.(event);
    },
    registry: (account, region) => need(registries, `${account}/${region}`),
  };
  const hosts = new Map<RegistryState, string>();
  const asked: Pick<FakeAws, "decide"> = { decide: () => "pass" };
  const inside: Inside = {
    world,
    contract,
    identities: openIdentities(roles, time),
    tokens: new Map(),
    revocations: new Set(),
    profiles: [],
    hostOf: (registry) => options.imageHost?.(registry.account, registry.region) ?? need(hosts, registry),
    decide(call) {
      calls.push(call);
      return asked.decide(call);
    },
    mayPutImage: ({ account, region }) => limit(`${account}/${region}`, world.controls.putImagePerSecond),
    settle: queue.settle,
  };
  const storage = await serveLayers(contract);
  const servers: Loopback[] = [await serve(surrounded(options.around, (request) => answerApi(inside, request)))];
  for (const account of accounts) {
    for (const region of regions) {
      const registry = newRegistry(account, region, hall.open(account, region));
      registries.set(`${account}/${region}`, registry);
      const served = await serve(surrounded(options.around, (request) => answerOci(inside, storage, registry, request)));
      hosts.set(registry, served.host);
      servers.push(served);
    }
  }
  return Object.assign(asked, {
    endpoint: `http://${servers[0]?.host ?? ""}`,
    controls: world.controls,
    events,
    calls,
    contract,
    credentials: (account = accounts[0] ?? HUB) => inside.identities.user(account),
    registry: (region = regions[0] ?? REGION, account = accounts[0] ?? HUB) => {
      const state = world.registry(account, region);
      return openEcrRegistry(inside, state, need(hosts, state), hall.dir);
    },
    revoke: (what: string) => void inside.revocations.add(what),
    async forward(milliseconds: number) {
      clock.ahead += milliseconds;
      await queue.settle();
    },
    close: () => closeAll([...servers, storage, hall], contract),
  });
}

type Handler = (request: Request) => Promise<Response | "lost">;

function surrounded(around: Around | undefined, answer: Handler): Handler {
  if (around === undefined) return answer;
  return (request) =>
    around(request, async (passed) => {
      const response = await answer(passed);
      return response === "lost" ? new Response(null, { status: 500 }) : response;
    });
}

function need<Key, Value>(all: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = all.get(key);
  if (value === undefined) throw new Error(`the fake was not opened with ${String(key)}`);
  return value;
}

async function closeAll(open: readonly { close(): Promise<void> }[], contract: Contract): Promise<void> {
  await Promise.all(open.map((one) => one.close()));
  const refusals = contract.takeRefusals();
  if (refusals.length > 0) throw new Error(`what does not fit the vendor's contracts:\n${refusals.join("\n")}`);
}
