import type { Hono } from "hono";
import { acted, correlationOf, judged, planned } from "../../shared/audit/record.ts";
import { type Action, type Actor, actionId, type MoveVerb, type Outcome } from "../../shared/domain/action.ts";
import { GOING } from "../../shared/domain/halt.ts";
import type { ImageRecord } from "../../shared/domain/image-record.ts";
import { type ImageKey, type ImageRef, printImageKey } from "../../shared/domain/image-ref.ts";
import { ROLES, type Role } from "../../shared/domain/role.ts";
import { type Instant, parseDuration } from "../../shared/domain/time.ts";
import { planHash, type UndoStep } from "../../shared/domain/undo.ts";
import type { ExpectedPlace } from "../../shared/domain/usage.ts";
import { passes } from "../../shared/enforcement/tags.ts";
import { brakeStatus } from "../../shared/pipeline/brake-status.ts";
import { decideRun } from "../../shared/pipeline/decide-run.ts";
import { confirm, decline, propose } from "../../shared/pipeline/four-eyes.ts";
import { resumeActing, stopActing } from "../../shared/pipeline/halt.ts";
import { review } from "../../shared/pipeline/review.ts";
import { usageDesk } from "../../shared/pipeline/usage-desk.ts";
import type { EmergencyList, EmergencyReport } from "../../shared/ports/emergency.ts";
import type { GateStatus } from "../../shared/ports/gate-status.ts";
import type { Ledger } from "../../shared/ports/ledger.ts";
import type { Log } from "../../shared/ports/log.ts";
import type { Operated, Operator, PostedReport, Preview, Received } from "../../shared/ports/operator.ts";
import type { Store } from "../../shared/ports/store.ts";
import { createMetrics } from "../../shared/runtime/metrics.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { accessToken } from "../../shared/web/access.ts";
import { createApp } from "../../shared/web/app.ts";
import type { WebDeps } from "../../shared/web/deps.ts";
import { limitsOf } from "../fixtures/brake.ts";
import { CONCERNED, EMERGENCY } from "../fixtures/emergency.ts";
import { present } from "../fixtures/present.ts";
import { digestOf, keyOf, NOW, retagOf } from "../fixtures/records.ts";

export const TOKEN = "operator-token-of-a-test";
export const VIEWER = "viewer-token-of-a-test";
export const APPROVER = "approver-token-of-a-test";
export const REPORTER = "reporter-token-of-a-test";
const PEOPLE: readonly (readonly [name: string, roles: readonly Role[], token: string])[] = [
  ["operator", ROLES, TOKEN],
  ["viewer", ["reader"], VIEWER],
  ["ann", ["approver"], APPROVER],
  ["cluster", ["reporter"], REPORTER],
];
const PLACES: readonly ExpectedPlace[] = [
  { name: "east", maxAge: parseDuration("1h"), reporter: "cluster" },
  { name: "west", maxAge: parseDuration("1h") },
];
const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
export const HOST = "127.0.0.1:7070";

/** The HTTP app over a real store in memory, with a gate behind it that answers as told and has no registry. */
export interface WebGate {
  readonly app: Hono;
  readonly store: Store;
  readonly deps: WebDeps;
  /** Deliveries that reached the gate. */
  readonly deliveries: {
    readonly provider: string;
    readonly registry: string | undefined;
    readonly bytes: number;
    readonly headers: Readonly<Record<string, string>>;
  }[];
  readonly refusals: { readonly source: string; readonly why: string }[];
  readonly logged: string[];
  /** What the gate will say to the next deliveries and reports. */
  answers: {
    received: Received;
    posted: PostedReport;
    status: GateStatus;
    emergency: { readonly list: EmergencyList; readonly report: EmergencyReport };
    takeOvers: WebDeps["takeOvers"];
    fault?: Error;
    fourEyes?: true;
  };
  remember(record: ImageRecord): Promise<void>;
}

export const STATUS: GateStatus = {
  version: "0.1.0",
  policy: { name: "baseline", version: "0123456789ab", mode: "enforce", file: "policy.yaml" },
  registries: [
    { host: "registry.example:5000", provider: "oci", mode: "enforce", holdStrength: "hidden", lastEventAt: NOW, lastSweepAt: "never" },
  ],
  sinks: [{ name: "soc", state: "active", waiting: 0, dead: 0 }],
  feeds: [],
  trustRoots: [],
  places: [],
  queue: { waiting: 0, running: 0, parked: 0 },
  halt: GOING,
  startedAt: NOW,
};

const NOT_WATCHED = { kind: "not-found", why: "the gate does not watch it", mend: "list those that it watches" } as const;
const NOTHING_TAKEN_OVER: WebDeps["takeOvers"] = {
  status: async () => [],
  plan: async () => NOT_WATCHED,
  confirm: async () => NOT_WATCHED,
  scans: async () => NOT_WATCHED,
};

export function openWebGate(now: () => Instant = () => NOW): WebGate {
  const store = openSqliteStore({ file: ":memory:", signHead: () => "c2lnbmF0dXJl" });
  const gate = { deliveries: [], refusals: [], logged: [] } satisfies Partial<WebGate>;
  const answers: WebGate["answers"] = {
    received: { kind: "accepted", work: 1 },
    posted: { kind: "stored", digest: digestOf("report"), subject: digestOf("image"), findings: 2, images: 1 },
    status: STATUS,
    takeOvers: NOTHING_TAKEN_OVER,
    emergency: { list: CONCERNED, report: EMERGENCY },
  };
  const log = (message: string): void => void gate.logged.push(message as never);
  const deps: WebDeps = {
    operator: operatorOf(store, gate, answers, now),
    takeOvers: answers.takeOvers,
    ledger: store.ledger,
    status: async () => ({ ...answers.status, halt: await store.halts.now() }),
    metrics: createMetrics(),
    tokens: PEOPLE.map(([name, roles, token]) => accessToken(name, roles, token)),
    clock: { now },
    log: { info: log, warn: log, error: log },
    hasAdmission: true,
    isAllowedHost: (host) => host === HOST || host.startsWith("127.0.0.1:"),
  };
  return { ...gate, answers, store, deps, app: createApp(deps), remember: (record) => remember(store.ledger, record) };
}

async function remember(ledger: Ledger, record: ImageRecord): Promise<void> {
  const occasion = {
    image: record.key,
    tags: record.tags,
    at: record.verdict?.judgedAt ?? record.firstSeenAt,
    correlationId: correlationOf(record.key, record.version),
  };
  const journal =
    record.verdict === undefined ? [] : [judged(occasion, { verdict: record.verdict, previous: undefined, origin: record.origin })];
  await ledger.commit({ image: record, intents: [], outcomes: [], journal });
}

function operatorOf(
  store: Store,
  gate: Pick<WebGate, "deliveries" | "refusals">,
  answers: WebGate["answers"],
  now: () => Instant,
): Operator {
  const { ledger } = store;
  const people = { ...store, clock: { now }, policyVersion: () => STATUS.policy.version };
  const act = async (verb: MoveVerb, image: ImageKey, actor: Actor, dryRun: boolean): Promise<Operated | Preview> => {
    const record = await ledger.image(image);
    if (record === undefined) return { kind: "not-found", why: "the gate has not seen this image", mend: "run moorgate sweep" };
    if ((record.hold.kind === "held") === (verb === "hold")) return { kind: "there", record };
    const action = planOf(record, verb, actor, now());
    if (dryRun) return { kind: "plan", record, action, sentences: [`${verb} of ${printImageKey(image)}.`, "Undo brings it back."] };
    return carryOut(ledger, record, action, now());
  };
  const named = async (
    { image, actor, dryRun = false }: { image: ImageRef | ImageKey; actor: Actor; dryRun?: boolean },
    verb: MoveVerb,
  ): Promise<Operated | Preview> => {
    if (image.digest !== undefined)
      return act(verb, { registry: image.registry, repository: image.repository, digest: image.digest }, actor, dryRun);
    const { items } = await ledger.images({ repository: image.repository, limit: 1 });
    const [first] = items;
    return first === undefined ? { kind: "not-found", why: "no such tag", mend: "push it" } : act(verb, first.key, actor, dryRun);
  };
  return {
    review: (asked) => review({ ledger, registries: new Set([keyOf("a").registry]) }, asked, { unknown: "warn" }),
    async receive(provider, registry, { body, headers }) {
      if (answers.fault !== undefined) throw answers.fault;
      gate.deliveries.push({ provider, registry, bytes: body.byteLength, headers });
      return answers.received;
    },
    hold: (request) => named(request, "hold"),
    release: (request) => named(request, "release"),
    async promote({ image, to, actor, dryRun }) {
      const { items } = await ledger.images({ repository: image.repository, limit: 50 });
      const record = items.find(
        ({ key, tags }) => key.digest === image.digest || ("tag" in image && tags.some((tag) => tag === image.tag)),
      );
      if (record?.verdict === undefined) return { kind: "not-found", why: "the gate has not seen this image", mend: "run moorgate sweep" };
      if (!passes(record.verdict)) return { kind: "barred", image: record.key, verdict: record.verdict };
      if (record.tags.includes(to)) return { kind: "there", record };
      const changes = [{ tag: to, from: digestOf("before"), to: record.key.digest }];
      const action = { ...retagOf(record.key, "promote", changes, record.generation + 1), actor };
      if (dryRun === true) return { kind: "plan", record, action, sentences: ["A tag is set."] };
      const outcome: Outcome = { kind: "applied", at: now(), strength: "advisory", notes: [], tags: [to] };
      return { kind: "done", action, outcome, record: { ...record, tags: [...record.tags, to] } };
    },
    async undo({ scope, actor, plan }) {
      const stored = scope.kind === "action" ? await ledger.action(scope.action) : undefined;
      if (stored === undefined) return { kind: "not-found", why: "there is no such action", mend: "see moorgate journal" };
      const { id, image, verb } = stored.action;
      const step: UndoStep = { image, tags: [], verb: verb === "hold" ? "release" : "hold", takesBack: [id], last: id, notes: [] };
      const hash = planHash(scope, [step], []);
      if (plan === undefined) return { kind: "plan", scope, hash, steps: [step], left: [], remarks: [] };
      if (plan !== hash) return { kind: "refused", why: "the world changed since the plan was made", mend: "look at the plan again" };
      const undoId = await store.undos.begin({ scope, actor, plan, steps: [step], left: [] }, now());
      const done = await act(step.verb === "hold" ? "hold" : "release", image, actor, false);
      if (done.kind !== "done") throw new Error(done.kind);
      await store.undos.settle(undoId, 0, { kind: "done", at: now(), action: done.action.id, notes: [] });
      return { kind: "begun", undo: present(await store.undos.find(undoId)) };
    },
    findUndo: (id) => store.undos.find(id),
    emergency: {
      list: async () => answers.emergency.list,
      start: async ({ list }) =>
        list === answers.emergency.list.list
          ? { kind: "started", report: answers.emergency.report }
          : { kind: "refused", why: "the list changed since it was shown", mend: "look at it again" },
      report: async (run) => (run === answers.emergency.report.run ? answers.emergency.report : undefined),
      recent: async () => [answers.emergency.report],
    },
    postReport: async () => answers.posted,
    sweep: async () => ({
      startedAt: now(),
      images: 3,
      missed: 1,
      gone: 0,
      queued: 1,
      registries: [{ host: "registry.example:5000", images: 3 }],
    }),
    runs: (state) => store.runs.list({ limit: 100, ...(state === undefined ? {} : { state }) }),
    brake: async () => {
      const { runs, halts, usage } = store;
      return brakeStatus({
        runs,
        halts,
        ledger,
        usage,
        registries: new Map(),
        places: [],
        pulledWithin: parseDuration("1h"),
        brake: limitsOf({ images: 5 }),
        clock: { now },
      });
    },
    decideRun: (request) => decideRun({ ...store, clock: { now } }, request),
    stop: (by) => stopActing({ ...store, clock: { now } }, by),
    resume: (by) => (answers.fourEyes ? propose(people, "resume", "", by) : resumeActing(people, by)),
    proposals: (state) => store.proposals.list({ limit: 100, ...(state === undefined ? {} : { state }) }),
    confirm: (id, by) => confirm(people, id, by),
    decline: (id, by) => decline(people, id, by),
    async refused(source, why) {
      gate.refusals.push({ source, why });
    },
    usage: usageDesk({
      ...store,
      places: PLACES,
      pulledWithin: parseDuration("1h"),
      clock: { now },
      log: SILENT,
      metrics: createMetrics(),
    }),
  };
}

function planOf(record: ImageRecord, verb: MoveVerb, actor: Actor, plannedAt: Instant): Action {
  const generation = record.generation + 1;
  return {
    id: actionId(verb, printImageKey(record.key), generation),
    verb,
    image: record.key,
    actor,
    cause: {},
    generation,
    plannedAt,
    before: { tags: record.tags, manifests: [] },
  };
}

async function carryOut(ledger: Ledger, record: ImageRecord, action: Action, at: Instant): Promise<Operated> {
  const outcome: Outcome = { kind: "applied", at, strength: "hidden", notes: [] };
  const hold: ImageRecord["hold"] =
    action.verb === "hold" ? { kind: "held", since: at, actionId: action.id, strength: "hidden" } : { kind: "free" };
  const override: ImageRecord["override"] =
    action.verb === "hold"
      ? { kind: "hold", actor: action.actor, at }
      : { kind: "release", actor: action.actor, at, forReasons: (record.verdict?.reasons ?? []).map((reason) => reason.key) };
  const after: ImageRecord = { ...record, version: record.version + 1, generation: action.generation, hold, override };
  const occasion = { image: record.key, tags: record.tags, at, correlationId: correlationOf(record.key, after.version) };
  await ledger.commit({
    image: after,
    intents: [action],
    outcomes: [{ actionId: action.id, outcome }],
    journal: [planned(occasion, action), acted(occasion, action, outcome)],
  });
  return { kind: "done", action, outcome, record: after };
}
