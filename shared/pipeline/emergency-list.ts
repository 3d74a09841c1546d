import type { EmergencyFact, EmergencyQuery } from "../domain/emergency.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { type ImageKey, type ImageRef, printImageKey, printImageRef } from "../domain/image-ref.ts";
import { ParseError } from "../domain/parse-error.ts";
import { between, type Duration, type Instant, parseDuration, printDuration } from "../domain/time.ts";
import type { Usage } from "../domain/usage.ts";
import { listDigest } from "../policy/emergency/list-digest.ts";
import { type HoldTarget, parseHoldTarget, printHoldTarget } from "../policy/emergency/query.ts";
import { ruleFor } from "../policy/emergency/rule.ts";
import type { ConcernedImage, Disposition, EmergencyList, EmergencyRequest, UnsureImage } from "../ports/emergency.ts";
import type { GateDeps } from "./deps.ts";
import { type SearchedQuery, searchEvidence } from "./emergency-search.ts";
import { askUsage } from "./usage.ts";
import { present } from "./work.ts";

/** A vulnerability's database is new every day. What an image contains never changes, but what can be recognised in it does. */
const OLD: Readonly<Record<SearchedQuery["kind"], Duration>> = {
  vulnerability: parseDuration("24h"),
  package: parseDuration("30d"),
  base: parseDuration("30d"),
};
/** Records of one page. */
const PAGE = 500;

/** Finds all that is concerned by what is stored, and says what would become of each image. Changes nothing. @throws ParseError */
export async function listConcerned(deps: GateDeps, request: EmergencyRequest): Promise<EmergencyList> {
  const now = deps.clock.now();
  const query = await queryOf(deps, parseHoldTarget(request.query), request.everywhere);
  const found = query.kind === "digest" ? await withDigest(deps, query) : await inEvidence(deps, query, now);
  const images: Listed[] = [];
  for (const hit of found.hits) {
    const listed = await listedOf(deps, hit, request.inUse, now);
    if (listed !== undefined) images.push(listed);
  }
  images.sort((a, b) => USE_FIRST.indexOf(rankOf(a.image)) - USE_FIRST.indexOf(rankOf(b.image)) || compare(a.image.key, b.image.key));
  const text = printHoldTarget(query);
  const names = query.kind === "vulnerability" ? await deps.evidence.namesOf(query.id) : [];
  const digests =
    query.kind === "digest"
      ? [query.digest, ...images.flatMap(({ record }) => (record.key.digest === query.digest ? record.children : []))]
      : [];
  return {
    query: text,
    inUse: request.inUse,
    alsoKnownAs: names.filter((name) => query.kind === "vulnerability" && name !== query.id),
    // Each act on an image counts its generation up: what was held and released since is another list.
    list: listDigest(
      [text, String(request.inUse)],
      images.map(({ image, record }) => `${printImageKey(image.key)} ${image.disposition} ${record.generation}`),
    ),
    images: images.map(({ image }) => image),
    unsure: found.unsure,
    clear: found.clear,
    ...(deps.brake === "off" ? {} : { stopsAfter: deps.brake.images }),
    rule: ruleFor(query, names, [...new Set(digests)]),
  };
}

async function queryOf(deps: GateDeps, target: HoldTarget, everywhere: boolean): Promise<EmergencyQuery> {
  if (target.kind === "digest" || target.kind === "image") {
    if (!everywhere)
      throw new ParseError(
        "what to hold",
        `${printHoldTarget(target)} names no place`,
        "add --everywhere, or hold one image: registry/repository@sha256:...",
      );
    return target.kind === "digest" ? target : { kind: "digest", digest: target.ref.digest ?? (await digestOf(deps, target.ref)) };
  }
  return target;
}

async function digestOf({ registries, ledger }: GateDeps, ref: ImageRef) {
  const { registry, repository, tag } = ref;
  const now = tag === undefined ? undefined : await registries.get(registry)?.registry.resolve(repository, tag);
  if (now !== undefined) return now;
  // A held image is not served; its record has the tags that it had.
  const [known] = tag === undefined ? [] : (await ledger.images({ registry, repository, tag, limit: 1 })).items;
  if (known !== undefined) return known.key.digest;
  throw new ParseError("what to hold", `neither the registry nor the gate knows ${printImageRef(ref)}`, "name it by its digest");
}

interface Hit {
  readonly key: ImageKey;
  readonly facts: readonly EmergencyFact[];
  readonly isCertain: boolean;
}

interface Found {
  readonly hits: readonly Hit[];
  readonly unsure: readonly UnsureImage[];
  readonly clear: number;
}

async function withDigest({ ledger }: GateDeps, { digest }: Extract<EmergencyQuery, { readonly kind: "digest" }>): Promise<Found> {
  const own: ImageRecord[] = [];
  for await (const record of allImages(ledger, { digest })) own.push(record);
  const parents = await ledger.parents({ digest });
  const fact = (what: string, at: Instant): EmergencyFact => ({ what, by: "the ledger", at });
  const hits = [
    ...own.map(({ key, firstSeenAt }) => ({ key, facts: [fact("is this image", firstSeenAt)], isCertain: true })),
    ...parents.map(({ key, firstSeenAt }) => ({
      key,
      facts: [{ ...fact("an index with this image", firstSeenAt), child: digest }],
      isCertain: true,
    })),
  ];
  const { images } = await ledger.counts();
  return { hits, unsure: [], clear: Math.max(0, images - hits.length) };
}

async function* allImages(
  ledger: GateDeps["ledger"],
  filter: Pick<Parameters<GateDeps["ledger"]["images"]>[0], "digest"> = {},
): AsyncGenerator<ImageRecord> {
  let after: string | undefined;
  do {
    const page = await ledger.images({ ...filter, limit: PAGE, ...present({ after }) });
    yield* page.items.filter(({ presence }) => presence === "present");
    after = page.next;
  } while (after !== undefined);
}

async function inEvidence(deps: GateDeps, query: SearchedQuery, now: Instant): Promise<Found> {
  const hits: Hit[] = [];
  const unsure: UnsureImage[] = [];
  const seen = new Set<string>();
  let clear = 0;
  for await (const { image: key, tags, answer } of searchEvidence(deps, query)) {
    seen.add(printImageKey(key));
    if (answer.kind === "yes" || answer.kind === "perhaps") hits.push({ key, facts: answer.facts, isCertain: answer.kind === "yes" });
    else if (answer.kind === "not-known") unsure.push({ key, tags, kind: "not-known", why: answer.why });
    else {
      const why = oldWords(answer.at, OLD[query.kind], now);
      if (why === undefined) clear += 1;
      else unsure.push({ key, tags, kind: "old", why });
    }
  }
  for await (const { key, tags } of allImages(deps.ledger))
    if (!seen.has(printImageKey(key))) unsure.push({ key, tags, kind: "not-known", why: "nothing is stored of what it contains" });
  return { hits, unsure, clear };
}

function oldWords(at: Instant | "unknown", limit: Duration, now: Instant): string | undefined {
  if (at === "unknown") return "nobody says when it was looked at";
  const age = between(at, now);
  return age > limit ? `it was looked at ${printDuration(age)} ago` : undefined;
}

interface Listed {
  readonly image: ConcernedImage;
  readonly record: ImageRecord;
}

async function listedOf(deps: GateDeps, { key, facts, isCertain }: Hit, inUse: boolean, now: Instant): Promise<Listed | undefined> {
  const record = await deps.ledger.image(key);
  if (record?.presence !== "present") return undefined;
  const usage = await askUsage(deps, record, now);
  const { kind, tags, verdict, pushedBy, override } = record;
  const image: ConcernedImage = {
    key,
    kind,
    tags,
    verdict: verdict?.kind ?? "none",
    facts,
    usage,
    disposition: dispositionOf(deps, record, isCertain, usage, inUse),
    ...present({ pushedBy, releasedBy: override?.kind === "release" ? override.actor : undefined }),
  };
  return { image, record };
}

function dispositionOf(deps: GateDeps, { key, hold }: ImageRecord, isCertain: boolean, usage: Usage, inUse: boolean): Disposition {
  const watched = deps.registries.get(key.registry);
  if (hold.kind === "held") return "held";
  if (watched === undefined || watched.registry.isOwn(key.repository)) return "not-watched";
  if (!isCertain) return "perhaps";
  if (inUse || usage.kind === "not-running") return "hold";
  return usage.kind === "unknown" ? "use-unknown" : "in-use";
}

const USE_FIRST = ["running", "pulled", "unknown", "not-running", "held"] as const;

function rankOf({ disposition, usage }: ConcernedImage): (typeof USE_FIRST)[number] {
  return disposition === "held" ? "held" : usage.kind;
}

function compare(a: ImageKey, b: ImageKey): number {
  return printImageKey(a) < printImageKey(b) ? -1 : 1;
}
