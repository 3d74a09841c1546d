import { setImmediate } from "node:timers/promises";
import type { SignatureFact } from "../../domain/evidence.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { OccurrenceSource, TrustedAttestor } from "../../ports/occurrence-source.ts";
import type { SignatureVerifier } from "../../ports/signature-verifier.ts";
import { readAttestor } from "./attestor.ts";
import { type Expected, judgeOccurrence, type ReadAttestor, resourceOf } from "./judge.ts";
import { readKey } from "./keys.ts";
import { nameOf } from "./occurrence.ts";

// What an image may carry before the rest is left unread.
const MAX_SIGNATURES = 1000;

/** Attestations of Google's Binary Authorization, verified with the keys of their attestors. They lie beside the registry, not in it. */
export const binauthz: SignatureVerifier = openVerifier();

function openVerifier(): SignatureVerifier {
  // Trust stays the same object until the policy changes.
  const pinned = new WeakMap<TrustedAttestor, ReadAttestor>();
  return {
    id: "binauthz",
    reads: "elsewhere",
    async verify({ trust, occurrences, image, now }, signal) {
      const { attestors = [], predicateType, annotations = {} } = trust;
      // What is attested here is the image, never a statement about it.
      if (attestors.length === 0 || predicateType !== undefined) return [];
      const source = occurrences ?? refuseToGuess();
      const facts: SignatureFact[] = [];
      for (const attestor of attestors) {
        const read = pinned.get(attestor) ?? (await readTrusted(attestor, source, signal));
        if (attestor.kind === "pinned") pinned.set(attestor, read);
        facts.push(...(await factsOf(read, source, { image, annotations, now }, signal)));
      }
      return facts;
    },
  };
}

function refuseToGuess(): never {
  const problem = "the policy trusts attestors of Binary Authorization, and nobody said where their attestations are";
  throw new AdapterError("unreachable", `${problem} (--attestations, or attestations in moorgate.yaml)`, { retryable: false });
}

async function readTrusted(trusted: TrustedAttestor, source: OccurrenceSource, signal?: AbortSignal): Promise<ReadAttestor> {
  const { note, keys } = trusted.kind === "pinned" ? trusted : readAttestor(await source.attestor(trusted.attestor, signal));
  return { name: trusted.name, note, keys: keys.map(readKey) };
}

async function factsOf(
  attestor: ReadAttestor,
  source: OccurrenceSource,
  expected: Expected,
  signal?: AbortSignal,
): Promise<readonly SignatureFact[]> {
  const found = await source.attestations(attestor.note, resourceOf(expected.image), signal);
  const facts: SignatureFact[] = [];
  for (const [index, document] of found.entries()) {
    if (facts.length >= MAX_SIGNATURES) return [...facts, unread(document, found.length - index)];
    // Whoever may attest may do so a thousand times: other work goes on between them.
    await setImmediate();
    const place = nameOf(document);
    facts.push(...judgeOccurrence(document, attestor, expected).map((judgement) => ({ format: "binauthz", place, ...judgement }) as const));
  }
  return facts;
}

function unread(document: unknown, left: number): SignatureFact {
  const detail = `more than ${MAX_SIGNATURES} signatures: ${left} attestations are not read`;
  return { format: "binauthz", place: nameOf(document), code: "too-large", detail };
}
