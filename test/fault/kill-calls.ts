import { rmSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { type Built, buildImage } from "../../functions/local/samples/image.ts";
import { makeSigningKey, signImage } from "../../functions/local/samples/sign.ts";
import { type DoorCall, openDoor, type RegistryDoor } from "../fakes/registry-door.ts";
import { type Contents, type ServedRegistry, serveRegistry } from "../fakes/served-registry.ts";
import { gateFolder, type RunningGate, startGate, untilIdle, verifyJournal } from "../running/gate.ts";
import { until } from "../running/process.ts";
import { insistOnPush } from "../running/push.ts";

export interface KillCallsPlan {
  /** Killed at every so many-th call. */
  readonly stride: number;
}

export interface KillCallsFigures extends KillCallsPlan {
  readonly seconds: number;
  /** Calls of each round, from what begins it to its end. */
  readonly calls: Readonly<Record<Verb, number>>;
  readonly kills: number;
  readonly journal: "whole" | "broken";
  readonly failures: readonly string[];
}

/**
 * `hold`: a push that violates. `release`: the signature that mends it. `roll-back`: a push that takes a tag from what complies; the tag goes back, then the image is
 * held. `restore`: the signature that mends that. `emergency`: what complies, held by a person's list.
 */
const VERBS = ["hold", "release", "roll-back", "restore", "emergency"] as const;
type Verb = (typeof VERBS)[number];

interface End {
  readonly source: Contents;
  readonly quarantine: Contents;
}

/** A gate before a registry that it reaches through a door, both on one folder for the whole round. */
interface Place {
  readonly served: ServedRegistry;
  readonly door: RegistryDoor;
  readonly dir: string;
  /** The same bytes for all. */
  readonly signature: Built;
  readonly goodSignature: Built;
  readonly urgentSignature: Built;
  gate: RunningGate;
}

const SECRET = "the-secret-between-registry-and-gate";
const CREATED = "2026-01-01T00:00:00Z";
const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: kill }
mode: enforce
enforcement: { rollBack: [stable] }
trust:
  keys: [{ name: release, file: release.pub }]
rules:
  - { id: signed, rule: signature-required, signers: [release], grace: 0s, level: enforce }
`;
function imageOf(content: string): Built {
  return buildImage({
    platform: { os: "linux", architecture: "amd64" },
    files: [{ path: "app", content }],
    labels: {},
    created: CREATED,
  });
}

/** The same for all, so that two ends can be compared. */
const IMAGE = imageOf("the same for all");
/** What the tag pointed at before. */
const GOOD = imageOf("what complies");
/** An emergency names a digest wherever it lies: in the rounds before it is held already, and so on no list. */
const URGENT = imageOf("what an emergency names");

/**
 * Kills the gate with SIGKILL at each call that it makes of the registry about an image, from what begins a round to its end, and
 * starts it again on the same folder. A call that changes something is met twice: once it does not come through any more, once it does and nobody hears of it.
 */
export async function killCallsRound({ stride }: KillCallsPlan): Promise<KillCallsFigures> {
  const startedAt = Date.now();
  const place = await openPlace();
  const calls: Record<Verb, number> = { hold: 0, release: 0, "roll-back": 0, restore: 0, emergency: 0 };
  const failures: string[] = [];
  let kills = 0;
  try {
    for (const verb of VERBS) {
      const seen: DoorCall[] = [];
      const undisturbed = `undisturbed/${verb}`;
      await prepare(place, verb, undisturbed);
      watch(place, undisturbed, async (call) => void seen.push(call));
      await begin(place, verb, undisturbed);
      await untilEnd(place, verb, undisturbed);
      const end = await endOf(place, undisturbed);
      calls[verb] = seen.length;
      for (const { at, isDone } of deaths(seen, stride)) {
        const repository = `${verb}${at}/${isDone ? "done" : "undone"}`;
        await prepare(place, verb, repository);
        const killed = await killAt(place, verb, repository, at, isDone);
        kills += killed ? 1 : 0;
        const wrong = await untilEnd(place, verb, repository).then(
          async () => {
            const stands = await endOf(place, repository);
            return isDeepStrictEqual(stands, end) ? undefined : `another end: ${JSON.stringify(stands)}`;
          },
          (error: unknown) => String(error),
        );
        if (wrong !== undefined) failures.push(`${verb}, call ${at} (${isDone ? "done" : "undone"}): ${wrong}`);
      }
    }
    await place.gate.process.end("SIGTERM");
    const verified = await verifyJournal(place.dir);
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    return { stride, seconds, calls, kills, journal: verified.code === 0 ? "whole" : "broken", failures };
  } finally {
    await place.gate.process.end("SIGKILL");
    await place.door.close();
    await place.served.close();
    rmSync(place.dir, { recursive: true, force: true });
  }
}

/** Whether every kill was got over, and there were any. */
export function isGotOver({ journal, failures, kills }: KillCallsFigures): boolean {
  return journal === "whole" && failures.length === 0 && kills > 0;
}

interface Death {
  readonly at: number;
  /** Whether the call at which the gate dies reaches the registry. */
  readonly isDone: boolean;
}

function deaths(calls: readonly DoorCall[], stride: number): readonly Death[] {
  return calls
    .map(({ method }, at) => ({ at, isChange: method !== "GET" && method !== "HEAD" }))
    .filter(({ at }) => at % stride === 0)
    .flatMap(({ at, isChange }) => [{ at, isDone: false }, ...(isChange ? [{ at, isDone: true }] : [])]);
}

async function openPlace(): Promise<Place> {
  const key = makeSigningKey();
  const place: { url?: string } = {};
  const served = await serveRegistry({
    async notify(envelope) {
      const headers = { authorization: `Bearer ${SECRET}`, "content-type": "application/vnd.docker.distribution.events.v2+json" };
      // A gate that is dead hears nothing, and nobody tells it again.
      if (place.url !== undefined)
        await fetch(`${place.url}/hooks/oci`, { method: "POST", headers, body: JSON.stringify(envelope) }).catch(() => undefined);
    },
  });
  const door = await openDoor(() => served.host);
  const settings = `apiVersion: moorgate.dev/v1
kind: Settings
registries:
  - { host: "${door.host}", plainHttp: true, mode: enforce, takeOver: at-once, hookSecret: "env:HOOK_SECRET" }
brake: off
`;
  const dir = gateFolder({ policy: POLICY, settings, files: { "release.pub": key.publicPem } });
  const gate = await startGate(dir, { HOOK_SECRET: SECRET });
  const opened: Place = {
    served,
    door,
    dir,
    signature: signImage(key, IMAGE.manifest, CREATED),
    goodSignature: signImage(key, GOOD.manifest, CREATED),
    urgentSignature: signImage(key, URGENT.manifest, CREATED),
    get gate() {
      return running;
    },
    set gate(next) {
      running = next;
      place.url = next.url;
    },
  };
  let running = gate;
  place.url = gate.url;
  return opened;
}

/** All that comes before the first call that counts. */
async function prepare(place: Place, verb: Verb, repository: string): Promise<void> {
  place.door.decide = () => "pass";
  const before: Readonly<Record<Verb, () => Promise<void>>> = {
    hold: async () => undefined,
    release: () => whole(place, "hold", repository),
    "roll-back": () => pushSigned(place, repository, GOOD, place.goodSignature),
    restore: () => whole(place, "roll-back", repository),
    emergency: () => pushSigned(place, repository, URGENT, place.urgentSignature),
  };
  await before[verb]();
}

/** A round that nothing disturbs. */
async function whole(place: Place, verb: Verb, repository: string): Promise<void> {
  await prepare(place, verb, repository);
  await begin(place, verb, repository);
  await untilEnd(place, verb, repository);
}

async function pushSigned({ door, gate }: Place, repository: string, image: Built, signature: Built): Promise<void> {
  const target = { address: () => door.host, repository, giveUpAt: Date.now() + 60_000 };
  await insistOnPush(target, signature);
  await insistOnPush(target, image, "stable");
  await until(`${repository} to have something that complies`, async () => {
    const good = (await gate.images()).find((one) => one.repository === repository && one.digest === image.manifest.digest);
    return good?.verdict === "compliant" && good.tags.includes("stable") ? true : undefined;
  });
  await untilIdle(gate, 120_000);
}

/** A push that violates, the signature that mends it, or a person's word. */
async function begin(place: Place, verb: Verb, repository: string): Promise<void> {
  const { door, signature } = place;
  const target = { address: () => door.host, repository, giveUpAt: Date.now() + 60_000 };
  switch (verb) {
    case "hold":
      return insistOnPush(target, IMAGE, "1.0");
    case "roll-back":
      return insistOnPush(target, IMAGE, "stable");
    case "release":
    case "restore":
      return insistOnPush(target, signature);
    case "emergency":
      return insistOnEmergency(place, repository);
  }
}

/** Asks for the list and starts it, again and again, as a person does whose gate has died under it. What is held already is on no list any more. */
async function insistOnEmergency(place: Place, repository: string): Promise<void> {
  const asked = { query: URGENT.manifest.digest, everywhere: true, inUse: true };
  const isBegun = async (): Promise<true | undefined> => {
    const { gate } = place;
    const { list, images } = await gate.ask<{ list: string; images: readonly { disposition: string }[] }>(
      "POST",
      "/api/v1/emergencies/preview",
      asked,
    );
    if (images.every(({ disposition }) => disposition !== "hold")) return true;
    await gate.ask("POST", "/api/v1/emergencies", { ...asked, list, reason: "test" });
    return true;
  };
  await until(`the emergency about ${repository} to begin`, isBegun, 60_000);
}

/** Hears of the gate's calls about one repository and its place in quarantine. */
function watch({ door }: Place, repository: string, hear: (call: DoorCall) => Promise<"pass" | "silent" | void>): void {
  const isGates = ({ agent }: DoorCall): boolean => agent === "moorgate";
  door.decide = async (call) => (isGates(call) && call.path.includes(`/${repository}/`) ? ((await hear(call)) ?? "pass") : "pass");
}

async function killAt(place: Place, verb: Verb, repository: string, at: number, isDone: boolean): Promise<boolean> {
  let seen = 0;
  let hasDied = (): void => undefined;
  const died = new Promise<true>((resolve) => {
    hasDied = () => resolve(true);
  });
  watch(place, repository, async () => {
    seen += 1;
    if (seen <= at) return "pass";
    await place.gate.process.end("SIGKILL");
    hasDied();
    return seen === at + 1 && isDone ? "pass" : "silent";
  });
  // A person's word may be asked for again and again while the gate is dead.
  const begun = begin(place, verb, repository);
  if (verb !== "emergency") await begun;
  // One call fewer than in the undisturbed run is no fault: then it comes to its end.
  const killed = await Promise.race([died, untilEnd(place, verb, repository).then(() => false)]);
  place.door.decide = () => "pass";
  if (killed) place.gate = await startGate(place.dir, { HOOK_SECRET: SECRET });
  await begun;
  return killed;
}

const IS_HELD: Readonly<Record<Verb, boolean>> = { hold: true, release: false, "roll-back": true, restore: false, emergency: true };

async function untilEnd(place: Place, verb: Verb, repository: string): Promise<void> {
  const { digest } = (verb === "emergency" ? URGENT : IMAGE).manifest;
  const isEnd = async (): Promise<true | undefined> => {
    const image = (await place.gate.images()).find((one) => one.repository === repository && one.digest === digest);
    return image?.held === IS_HELD[verb] && (image.held || image.verdict === "compliant") ? true : undefined;
  };
  await until(`${repository} to be ${IS_HELD[verb] ? "held" : "released"}`, isEnd, 120_000);
  await untilIdle(place.gate, 120_000);
}

async function endOf({ served }: Place, repository: string): Promise<End> {
  return { source: await served.contents(repository), quarantine: await served.contents(`quarantine/${repository}`) };
}
