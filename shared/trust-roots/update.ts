import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fetcher, TargetFile, Updater } from "tuf-js";
import * as z from "zod";
import { ParseError, quote } from "../domain/parse-error.ts";
import { type Instant, parseInstant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { startDeadline } from "../runtime/deadline.ts";
import { readJson } from "../runtime/json.ts";
import { openFetcher } from "./fetcher.ts";
import { asDiskFault } from "./files.ts";
import { keep, startDraft } from "./keep.ts";
import { digestsOf, filesIn, type Kept, readKept, TRUSTED_ROOT } from "./kept.ts";
import type { Mirror } from "./mirror.ts";

/** For all of it: a root that was changed often is many small requests. */
const TIMEOUT_MS = 180_000;
const ROLES = ["root", "timestamp", "snapshot", "targets"] as const;
const MAX_ROOT_BYTES = 1024 * 1024;

/**
 * Asks a mirror for its trusted root, by the client workflow of The Update Framework: every root since the one at hand, signed by the keys of
 * the one before, then timestamp, snapshot and targets, none older than what was seen before and none expired. What was verified is kept also
 * where the rest failed, so that nothing older passes for new afterwards; the last good trusted root stays in use then.
 * @throws AdapterError
 */
export async function updateMirror(mirror: Mirror, folder: string, now: Instant, signal?: AbortSignal): Promise<void> {
  const before = readKept(folder);
  try {
    const draft = startDraft(folder, before);
    try {
      await updateIn(draft, mirror, folder, before, now, signal);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  } catch (error) {
    throw asDiskFault(error, folder);
  }
}

async function updateIn(
  draft: string,
  mirror: Mirror,
  folder: string,
  before: Kept | undefined,
  now: Instant,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = startDeadline(TIMEOUT_MS, signal);
  const followed = await follow(mirror, draft, deadline.signal);
  deadline.clear();
  // Where another process was quicker, what it has is as new.
  if (followed.kind === "whole") keep(folder, draft, before, { checkedAt: now, expiresAt: followed.expiresAt });
  else if (isChanged(draft, before)) keep(folder, draft, before, { checkedAt: before?.checkedAt, expiresAt: before?.expiresAt });
  if (followed.kind === "fault") throw followed.fault;
}

function isChanged(draft: string, before: Kept | undefined): boolean {
  return JSON.stringify(digestsOf(filesIn(draft))) !== JSON.stringify(digestsOf(before?.files ?? new Map()));
}

/** With a fault the draft has what was verified before it. */
type Followed = { readonly kind: "whole"; readonly expiresAt: Instant } | { readonly kind: "fault"; readonly fault: AdapterError };

async function follow(mirror: Mirror, draft: string, signal: AbortSignal): Promise<Followed> {
  const fetcher = openFetcher(mirror, draft, signal);
  try {
    const updater = await openUpdater(mirror, draft, fetcher);
    await updater.refresh();
    const target = await updater.getTargetInfo(mirror.target);
    if (target === undefined) throw new AdapterError("not-found", `it has no target ${quote(mirror.target)}`);
    await take(mirror, target, draft, (place) => updater.downloadTarget(target, place));
    return { kind: "whole", expiresAt: expiryOf(draft) };
  } catch (error) {
    return { kind: "fault", fault: fetcher.fault() ?? asFault(error, mirror) };
  }
}

async function openUpdater({ url, anchor }: Mirror, draft: string, fetcher: Fetcher): Promise<Updater> {
  const tuf = await import("tuf-js");
  const root = join(draft, "root.json");
  if (!existsSync(root)) writeFileSync(root, anchor);
  const base = url.href.endsWith("/") ? url.href : `${url.href}/`;
  // A delegation is somebody else's word; the trusted root is that of the instance itself.
  const config = { maxDelegations: 0 };
  try {
    return new tuf.Updater({ metadataDir: draft, metadataBaseUrl: base, targetBaseUrl: `${base}targets/`, fetcher, config });
  } catch (error) {
    // Nothing unverified is kept.
    rmSync(root);
    throw new AdapterError("malformed", `the root.json to begin with cannot be used: ${plain(String(error))}`);
  }
}

/** A trusted root that the policy could not use does not replace the one in use. */
async function take({ check }: Mirror, target: TargetFile, draft: string, download: (place: string) => Promise<unknown>): Promise<void> {
  const place = join(draft, TRUSTED_ROOT);
  if (existsSync(place) && isTarget(readFileSync(place), target)) return;
  if (target.length > MAX_ROOT_BYTES)
    throw new AdapterError("too-large", `its trusted root has ${target.length} bytes, at most ${MAX_ROOT_BYTES} are read`);
  const candidate = join(draft, "candidate");
  try {
    await download(candidate);
    const bytes = readFileSync(candidate);
    // The client would take a target of which nothing but the length is signed.
    if (!isTarget(bytes, target)) throw new AdapterError("refused", "its trusted root is signed with no SHA-256 or SHA-512");
    check(bytes.toString());
    renameSync(candidate, place);
  } finally {
    rmSync(candidate, { force: true });
  }
}

function isTarget(bytes: Buffer, { length, hashes }: TargetFile): boolean {
  const strong = ["sha256", "sha512"].flatMap((name) => {
    const hash = hashes[name];
    return hash === undefined ? [] : [[name, hash] as const];
  });
  const isRight = strong.every(([name, hash]) => createHash(name).update(bytes).digest("hex") === hash);
  return bytes.length === length && strong.length > 0 && isRight;
}

function asFault(error: unknown, mirror: Mirror): AdapterError {
  if (error instanceof AdapterError) return new AdapterError(error.code, `${mirror.url.host}: ${error.message}`, { mend: MEND });
  if (error instanceof ParseError) return new AdapterError("malformed", `${mirror.url.host}: ${error.message}`, { mend: MEND });
  const why = error instanceof Error ? error.message : String(error);
  return new AdapterError("refused", `${mirror.url.host}: not taken: ${plain(why)}`, { mend: MEND, cause: error });
}

const MEND = "compare root.json, address and target with those that whoever runs the mirror gives out; what was read last stays in use";

/** The client's words, which may hold names that the mirror chose. */
function plain(text: string): string {
  const bare = text.replaceAll("Error: ", "").replace(/^Unable to load (\w+)( metadata)? error /, "$1: ");
  return bare.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 200);
}

const signedShape = z.object({ signed: z.object({ expires: z.string() }) });

/** When the first part of the metadata expires. */
function expiryOf(draft: string): Instant {
  const ends = ROLES.map((role) => {
    const bytes = readFileSync(join(draft, `${role}.json`));
    const read = signedShape.parse(readJson(bytes, { maxBytes: bytes.length, maxDepth: 64, place: role }));
    return parseInstant(read.signed.expires);
  });
  return ends.reduce((least, end) => (end < least ? end : least));
}
