import type { BaseQuery, Concerned, EmergencyQuery } from "../domain/emergency.ts";
import type { ImageKey, Tag } from "../domain/image-ref.ts";
import { type KnownBase, UNKNOWN_BASE, withBase } from "../policy/emergency/built-on.ts";
import { concernedBy, type Question } from "../policy/emergency/match.ts";
import { hintsOf, isPackage, patternsOf } from "../policy/emergency/package.ts";
import type { FactWish } from "../ports/evidence-store.ts";
import type { GateDeps } from "./deps.ts";

type SearchDeps = Pick<GateDeps, "evidence">;

export type SearchedQuery = Exclude<EmergencyQuery, { readonly kind: "digest" }>;

export interface Searched {
  readonly image: ImageKey;
  readonly tags: readonly Tag[];
  readonly answer: Concerned;
}

/** What the newest evidence of each image that is there says, one image after the other. */
export async function* searchEvidence({ evidence }: SearchDeps, query: SearchedQuery): AsyncGenerator<Searched> {
  const question = await questionOf({ evidence }, query);
  for await (const entry of evidence.search(wishOf(question)))
    yield { image: entry.image, tags: entry.tags, answer: concernedBy(question, entry.image, entry.evidence) };
}

async function questionOf({ evidence }: SearchDeps, query: SearchedQuery): Promise<Question> {
  switch (query.kind) {
    case "vulnerability":
      return { kind: "vulnerability", names: await evidence.namesOf(query.id) };
    case "package":
      return query;
    case "base":
      return { kind: "base", query, known: await knownBase({ evidence }, query) };
  }
}

/** What is stored of the base itself. */
async function knownBase({ evidence }: SearchDeps, query: BaseQuery): Promise<KnownBase> {
  let known = UNKNOWN_BASE;
  for await (const { image, tags, evidence: own } of evidence.search({ kind: "named", names: [] }))
    known = withBase(known, query, image, tags, own);
  return known;
}

/** The facts that could answer it. */
function wishOf(question: Question): FactWish {
  switch (question.kind) {
    case "vulnerability":
      return { kind: "named", names: question.names };
    case "package": {
      const patterns = patternsOf(question);
      return { kind: "containing", texts: hintsOf(question), isMeant: (fact) => isPackage(fact, patterns) };
    }
    case "base": {
      const { name, digest } = question.query;
      const texts = [
        name
          ?.replace(/:[^/:]*$/, "")
          .split("/")
          .at(-1),
        digest,
        ...question.known.digests,
      ].filter((text) => text !== undefined);
      // What a build attests; it names its materials by path or digest.
      return { kind: "containing", texts, isMeant: () => true };
    }
  }
}
