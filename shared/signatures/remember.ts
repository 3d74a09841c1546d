import { createHash } from "node:crypto";
import type { SignatureCode, SignatureFact } from "../domain/evidence.ts";
import { add, type Duration, type Instant, parseDuration } from "../domain/time.ts";
import type { SignatureVerifier, VerifyRequest } from "../ports/signature-verifier.ts";

export interface RememberLimits {
  /** Answers that are kept. */
  readonly answers: number;
  /** Characters of all of them together. */
  readonly characters: number;
  /** How long one is used at most. */
  readonly longest: Duration;
}

const LIMITS: RememberLimits = { answers: 20_000, characters: 16 * 1024 * 1024, longest: parseDuration("1h") };

/**
 * What stays so as long as the same bytes are measured by the same trust. All others say that something could not be read, could not be asked, or is
 * about to change, and are found out anew.
 */
const SETTLED: readonly SignatureCode[] = [
  "ok",
  "digest-mismatch",
  "signature-invalid",
  "identity-mismatch",
  "untrusted-root",
  "expired",
  "revoked",
  "no-transparency-log",
  "no-timestamp",
  "scope-mismatch",
  "predicate-mismatch",
];

interface Answer {
  readonly facts: readonly SignatureFact[];
  readonly from: Instant;
  readonly until: Instant;
  readonly characters: number;
}

/**
 * A verifier that answers the same question once: the image, the manifests attached to it, their list, and all that is trusted, word for word, are its
 * name. An answer holds until the first of its facts may be another one by time alone. For formats whose signatures lie in the registry and
 * nowhere else.
 */
export function remembering(verifier: SignatureVerifier, limits: RememberLimits = LIMITS): SignatureVerifier {
  const naming = openNaming();
  const kept = openKept(limits);
  return {
    ...verifier,
    async verify(request, signal) {
      // Where nothing is attached there is nothing to save, and no list by which a change would show.
      if (request.referrers.length === 0) return verifier.verify(request, signal);
      const name = naming.nameOf(request);
      const known = kept.find(name, request.now);
      if (known !== undefined) return known;
      const facts = await verifier.verify(request, signal);
      const until = endOf(facts, add(request.now, limits.longest));
      if (until !== undefined && until > request.now) kept.keep(name, facts, request.now, until);
      return facts;
    },
  };
}

/** @returns undefined for what is not to be kept */
function endOf(facts: readonly SignatureFact[], latest: Instant): Instant | undefined {
  if (!facts.every(({ code }) => SETTLED.includes(code))) return undefined;
  return facts.reduce((end, { goodUntil = end }) => (goodUntil < end ? goodUntil : end), latest);
}

interface Kept {
  find(name: string, now: Instant): readonly SignatureFact[] | undefined;
  keep(name: string, facts: readonly SignatureFact[], from: Instant, until: Instant): void;
}

/** The least recently used ones go first. */
function openKept({ answers: most, characters: mostCharacters }: RememberLimits): Kept {
  const answers = new Map<string, Answer>();
  let characters = 0;

  function drop(name: string): void {
    characters -= answers.get(name)?.characters ?? 0;
    answers.delete(name);
  }

  return {
    find(name, now) {
      const answer = answers.get(name);
      if (answer === undefined) return undefined;
      answers.delete(name);
      answers.set(name, answer);
      // A clock that was set back tells nothing of what was found out later.
      if (answer.from <= now && now < answer.until) return answer.facts;
      drop(name);
      return undefined;
    },
    keep(name, facts, from, until) {
      drop(name);
      const answer: Answer = { facts, from, until, characters: name.length + JSON.stringify(facts).length };
      answers.set(name, answer);
      characters += answer.characters;
      for (const oldest of answers.keys()) {
        if (answers.size <= most && characters <= mostCharacters) break;
        drop(oldest);
      }
    },
  };
}

interface Naming {
  nameOf(request: VerifyRequest): string;
}

function openNaming(): Naming {
  // Trust and its parts stay the same objects until the policy changes: their texts are read once.
  const names = new WeakMap<object, string>();
  const numbers = new WeakMap<object, number>();
  let last = 0;

  function numberOf(value: object): number {
    const number = numbers.get(value) ?? ++last;
    numbers.set(value, number);
    return number;
  }

  /** Every word of it; what has no words is only the same as itself. */
  function wordsOf(value: unknown): unknown {
    if (typeof value !== "object" || value === null)
      return typeof value === "function" ? { itself: numberOf(value) } : [typeof value, String(value)];
    if (value instanceof Uint8Array) return { bytes: createHash("sha256").update(value).digest("base64") };
    if (Array.isArray(value)) return value.map(wordsOf);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return { itself: numberOf(value) };
    return { of: Object.entries(value).map(([name, member]) => [name, wordsOf(member)]) };
  }

  function partOf(value: unknown): string {
    const known = typeof value === "object" && value !== null ? names.get(value) : undefined;
    const name = known ?? digest(wordsOf(value));
    if (typeof value === "object" && value !== null) names.set(value, name);
    return name;
  }

  return {
    nameOf({ image, referrers, trust, revocation, awsSigner }) {
      const attached = referrers.map(({ repository, referrer: { manifest, tag, list, part } }) => [
        repository,
        manifest.digest,
        tag,
        list?.digest,
        part,
      ]);
      const trusted = Object.entries(trust)
        .filter(([, part]) => part !== undefined)
        .map(([name, part]) => [name, partOf(part)]);
      const asked = [revocation, awsSigner].map((port) => (port === undefined ? 0 : numberOf(port)));
      return digest([image.registry, image.repository, image.digest, attached, trusted, asked]);
    },
  };
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url");
}
