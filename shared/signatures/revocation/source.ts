import { createHash } from "node:crypto";
import { add, type Instant } from "../../domain/time.ts";
import type { AnswerRead, RevocationQuestion, RevocationSource } from "../../ports/notation-trust.ts";
import { openFetching } from "./fetching.ts";
import { type KeepingSettings, openKeeping } from "./keeping.ts";
import { ASKED_AGAIN_AFTER, isCurrent } from "./status.ts";

export interface RevocationSettings extends KeepingSettings {
  /** Hosts of the own network that may be asked, `host` or `host:port`. */
  readonly internalHosts: readonly string[];
}

/**
 * Asks over HTTP and keeps what it hears. An answer is used until it ends; after a day the question is asked again, and the kept answer stands in
 * where nobody answers. Many that ask the same at once ask once, and whoever gives no answer is left alone for a while.
 */
export function openRevocation(settings: RevocationSettings): RevocationSource {
  const { clock } = settings;
  const keeping = openKeeping(settings);
  const fetching = openFetching(settings);
  return {
    async ask(question, read, signal) {
      const name = nameOf(question);
      const kept = await keeping.find(name);
      const old = kept === undefined ? undefined : genuine(read(kept.bytes));
      if (kept !== undefined && old !== undefined && serves(old, kept.askedAt, clock.now())) return { kind: "read", read: old };
      const fetched = await fetching.fetch(name, question, signal);
      if (fetched.kind !== "answer") return old === undefined ? { kind: "none", why: fetched.why } : { kind: "read", read: old };
      const fresh = read(fetched.bytes);
      const isReplayed = isOlder(fresh, old);
      if (isReplayed || !holdsAt(fresh, clock.now())) fetching.leaveAlone(name, "it gave an answer that is worth nothing");
      if (fresh.times === undefined || isReplayed) return { kind: "read", read: old ?? fresh };
      await keeping.keep(name, { ...fresh.times, bytes: fetched.bytes, askedAt: clock.now() });
      return { kind: "read", read: fresh };
    },
  };
}

/** Under the question alone: whoever answers may not choose the name. */
function nameOf(question: RevocationQuestion): string {
  const hash = createHash("sha256").update(`${question.kind} ${question.url}\n`);
  if (question.kind === "ocsp") hash.update(question.request);
  return hash.digest("base64url");
}

// What was damaged while it was kept is no answer.
function genuine<Read extends AnswerRead>(read: Read): Read | undefined {
  return read.times === undefined ? undefined : read;
}

function serves(read: AnswerRead, askedAt: Instant, now: Instant): boolean {
  return now < add(askedAt, ASKED_AGAIN_AFTER) && holdsAt(read, now);
}

function holdsAt({ times }: AnswerRead, now: Instant): boolean {
  return times !== undefined && isCurrent(times, now);
}

// On a connection that nobody protects, an answer from before a revocation can be played again as long as it holds.
function isOlder(fresh: AnswerRead, old: AnswerRead | undefined): boolean {
  return fresh.times !== undefined && old?.times !== undefined && fresh.times.thisUpdate < old.times.thisUpdate;
}
