import { headSignature, verifyLedger } from "../../shared/compose/verify-journal.ts";
import type { AuditEvent } from "../../shared/domain/audit-event.ts";
import type { ImageRecord } from "../../shared/domain/image-record.ts";
import type { Store } from "../../shared/ports/store.ts";
import type { EcrRegistry } from "../fakes/aws/ecr-registry.ts";
import type { Planned } from "./images.ts";

export interface Pushed extends Planned {
  readonly digest: string;
  /** Something was found in it after it had complied: where it was let through before, it may be pulled until a deadline. */
  readonly isTurned?: true;
}

export interface Judgement {
  /** Images whose verdict is not the one that they deserve. */
  readonly misjudged: readonly string[];
  /** Images that can be pulled and may not, or the other way round. */
  readonly unenforced: readonly string[];
  /** Images that comply and were archived, be it for a moment. */
  readonly wronglyCut: readonly string[];
  /** Where ledger, registry and journal do not say the same. */
  readonly divergences: readonly string[];
  /** Events of the journal that the SIEM never got. */
  readonly lostEvents: readonly string[];
  /** Events that the SIEM got and the journal does not have. */
  readonly strangeEvents: readonly string[];
  readonly journal: { readonly entries: number; readonly problems: number; readonly signed: number; readonly chains: number };
  /** What is known of the first images that are not as they are to be. */
  readonly stories: readonly object[];
  /** Images that no event told of: the sweep found them. */
  readonly healed: number;
  readonly commits: number;
  readonly parked: number;
}

export interface Evidence {
  readonly store: Store;
  readonly registry: EcrRegistry;
  readonly siem: ReadonlyMap<string, number>;
  readonly publicKey: string;
  /** Images that were ever archived. */
  readonly cut: ReadonlySet<string>;
}

/** What became of all that was pushed: the registry itself is asked, as somebody who pulls. */
export async function judgeAll({ store, registry, siem, publicKey, cut }: Evidence, pushed: readonly Pushed[]): Promise<Judgement> {
  const records = await allRecords(store, registry.host);
  const events = await allEvents(store);
  const told = new Set(events.map(({ id }) => id));
  const { entries, problems, signed, chains } = await verifyLedger(store.ledger, headSignature(publicKey));
  const histories = Map.groupBy(events.filter(isOfImage), ({ image }): string => image.digest);
  const looked = await lookAtAll(registry, pushed);
  const images = pushed.map(
    (image): Looked => ({
      image,
      name: `${image.repository}:${image.tag} (${image.kind})`,
      record: records.get(image.digest),
      isServed: looked.get(image.digest) === true,
      history: histories.get(image.digest) ?? [],
    }),
  );
  return {
    misjudged: images
      .filter(({ image, record }) => record?.verdict?.kind !== verdictOf(image))
      .map(({ name, record }) => `${name}: ${record?.verdict?.kind ?? "no verdict"}`),
    unenforced: images.filter(({ image, record, isServed }) => isServed !== mayBePulled(image, record)).map(({ name }) => name),
    wronglyCut: images.filter(({ image }) => cut.has(image.digest) && verdictOf(image) === "compliant").map(({ name }) => name),
    divergences: [
      ...images.flatMap(({ name, record, isServed, history }) => differences(record, isServed, history).map((what) => `${name}: ${what}`)),
      ...[...records.keys()].filter((digest) => !looked.has(digest)).map((digest) => `${digest} was never pushed`),
    ],
    lostEvents: [...told].filter((id) => !siem.has(id)),
    strangeEvents: [...siem.keys()].filter((id) => !told.has(id)),
    journal: { entries, problems: problems.length, signed, chains },
    stories: images.filter(isWrong).slice(0, MOST_STORIES).map(storyOf),
    healed: [...records.values()].filter(({ origin }) => origin === "sweep").length,
    commits: [...records.values()].reduce((sum, { version }) => sum + version, 0),
    parked: (await store.queue.depth()).parked,
  };
}

function verdictOf({ kind }: Planned): "violating" | "compliant" {
  return kind === "violating" ? "violating" : "compliant";
}

interface Looked {
  readonly image: Pushed;
  readonly name: string;
  readonly record: ImageRecord | undefined;
  readonly isServed: boolean;
  readonly history: readonly OfImage[];
}

const MOST_STORIES = 5;

function isWrong({ image, record, isServed, history }: Looked): boolean {
  const isRight = record?.verdict?.kind === verdictOf(image) && isServed === mayBePulled(image, record);
  return !isRight || differences(record, isServed, history).length > 0;
}

function storyOf({ name, record, isServed, history }: Looked): object {
  const { evidence: _, ...rest } = record ?? {};
  const told = history.map((event) => ({
    at: event.at,
    kind: event.kind,
    ...(event.kind === "judged" ? { verdict: event.verdict.kind } : {}),
    ...(event.kind === "acted" ? { verb: event.action.verb, outcome: event.outcome } : {}),
  }));
  return { name, isServed, record: rest, told };
}

/** By what happened to it; of the gate's own word only whether it gave a deadline, where it may give one. */
function mayBePulled(image: Pushed, record: ImageRecord | undefined): boolean {
  return verdictOf(image) === "compliant" || (image.isTurned === true && record?.deadline?.isOver === false);
}

type OfImage = Extract<AuditEvent, { readonly image: object }>;

function isOfImage(event: AuditEvent): event is OfImage {
  return "image" in event && event.image !== undefined;
}

/** Ledger against registry, and against what the journal says last. */
function differences(record: ImageRecord | undefined, isServed: boolean, history: readonly OfImage[]): readonly string[] {
  if (record === undefined) return ["the ledger does not know it"];
  const isHeld = record.hold.kind === "held";
  const judged = history.flatMap((event) => (event.kind === "judged" ? event.verdict.kind : [])).at(-1);
  const isToldHeld = history.flatMap((event) => (event.kind === "acted" ? isHoldApplied(event) : [])).at(-1) === true;
  const verdict = record.verdict?.kind;
  return [
    ...unlessSame("whether it is held, by the ledger, and by the registry, which serves it or not:", isHeld, !isServed),
    ...unlessSame("whether an action is open:", record.pending !== undefined, false),
    ...unlessSame("the verdict that the ledger has, and the one that the journal told last:", verdict, judged),
    ...unlessSame("whether it is held, by the ledger, and as the journal told last:", isHeld, isToldHeld),
  ];
}

function isHoldApplied({ action, outcome }: Extract<OfImage, { readonly kind: "acted" }>): boolean {
  return action.verb === "hold" && outcome.kind === "applied";
}

function unlessSame<T>(what: string, one: T, other: T): readonly string[] {
  return one === other ? [] : [`${what} ${String(one)}, ${String(other)}`];
}

const PAGE = 500;

async function allRecords({ ledger }: Store, host: string): Promise<ReadonlyMap<string, ImageRecord>> {
  const records = new Map<string, ImageRecord>();
  let after: string | undefined;
  do {
    const page = await ledger.images({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const record of page.items) if (record.key.registry === host) records.set(record.key.digest, record);
    after = page.next;
  } while (after !== undefined);
  return records;
}

async function allEvents({ ledger }: Store): Promise<readonly AuditEvent[]> {
  const events: AuditEvent[] = [];
  let last = 0;
  for (let page = await ledger.journal(0, 1_000); page.length > 0; page = await ledger.journal(last, 1_000)) {
    events.push(...page.map(({ event }) => event));
    last = page.at(-1)?.sequence ?? last;
  }
  return events;
}

const AT_ONCE = 8;

/** @returns whether each is served */
async function lookAtAll(registry: EcrRegistry, pushed: readonly Pushed[]): Promise<ReadonlyMap<string, boolean>> {
  const served = new Map<string, boolean>();
  const open = [...pushed];
  const worker = async (): Promise<void> => {
    for (let image = open.pop(); image !== undefined; image = open.pop()) served.set(image.digest, await isServed(registry, image));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return served;
}

/** By its tag and by its digest; one of both is a pull too. */
async function isServed(registry: EcrRegistry, { repository, tag, digest }: Pushed): Promise<boolean> {
  const accept = "application/vnd.oci.image.manifest.v1+json";
  const answers = await Promise.all(
    [tag, digest].map((reference) => registry.send("GET", `/v2/${repository}/manifests/${reference}`, { headers: { accept } })),
  );
  return answers.some(({ status }) => status === 200);
}
