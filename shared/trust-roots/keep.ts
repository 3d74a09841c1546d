import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printInstant } from "../domain/time.ts";
import { hasCode, sync } from "./files.ts";
import { digestsOf, FACTS, type Facts, filesIn, generationsIn, type Kept } from "./kept.ts";

const DRAFT = "draft-";
/** A draft that is older was left by a process that ended in between. */
const DRAFT_LIVES_MS = 3_600_000;

/** A folder beside the generations with a copy of what is kept, to be changed at will. */
export function startDraft(folder: string, before: Kept | undefined): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${DRAFT}${randomUUID()}`);
  mkdirSync(draft, { mode: 0o700 });
  for (const name of readdirSync(folder).filter((each) => each.startsWith(DRAFT))) removeIfOld(join(folder, name), statSync(draft).mtimeMs);
  for (const [name, bytes] of before?.files ?? []) writeFileSync(join(draft, name), bytes);
  return draft;
}

/** `nowMs`: by the clock of the same file system, which may be another machine's. */
function removeIfOld(draft: string, nowMs: number): void {
  const changedMs = statSync(draft, { throwIfNoEntry: false })?.mtimeMs;
  if (changedMs !== undefined && nowMs - changedMs > DRAFT_LIVES_MS) rmSync(draft, { recursive: true, force: true });
}

/**
 * Makes a draft the generation after `before`, whole and synced, or not at all.
 * @returns false where another process has made one meanwhile; the draft is left as it is then
 */
export function keep(
  folder: string,
  draft: string,
  before: Kept | undefined,
  { checkedAt, expiresAt }: Pick<Kept, "checkedAt" | "expiresAt">,
): boolean {
  const facts: Facts = {
    files: digestsOf(filesIn(draft)),
    ...(checkedAt === undefined ? {} : { checkedAt: printInstant(checkedAt) }),
    ...(expiresAt === undefined ? {} : { expiresAt: printInstant(expiresAt) }),
  };
  writeFileSync(join(draft, FACTS), `${JSON.stringify(facts)}\n`);
  for (const name of readdirSync(draft)) sync(join(draft, name));
  sync(draft);
  const generation = (before?.generation ?? 0) + 1;
  if (generationsIn(folder).some((each) => each >= generation) || !moves(draft, join(folder, String(generation)))) return false;
  sync(folder);
  for (const older of generationsIn(folder).filter((each) => each < generation))
    rmSync(join(folder, String(older)), { recursive: true, force: true });
  return true;
}

/** A folder never takes the place of another one that has files in it. */
function moves(draft: string, place: string): boolean {
  try {
    renameSync(draft, place);
    return true;
  } catch (error) {
    // It may be gone again by now: whoever put a newer one there takes old ones away.
    if (hasCode(error, "ENOTEMPTY", "EEXIST")) return false;
    if (hasCode(error, "EPERM") && statSync(place, { throwIfNoEntry: false }) !== undefined) return false;
    throw error;
  }
}
