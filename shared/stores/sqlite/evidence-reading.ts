import type { DatabaseSync } from "node:sqlite";
import { parseDigest } from "../../domain/digest.ts";
import type { Finding } from "../../domain/finding.ts";
import { type ImageKey, parseRegistryHost, parseRepository, parseTag, type Tag } from "../../domain/image-ref.ts";
import { type Instant, instant } from "../../domain/time.ts";
import type { VerdictKind } from "../../domain/verdict.ts";
import type { EvidenceStore, FactWish, StoredEvidence } from "../../ports/evidence-store.ts";
import type { FactTable } from "./evidence-facts.ts";
import { type FactReader, holdsAny, unpackEvidence, unpackTexts } from "./evidence-packed.ts";
import { blob, body, type Row, text, textOrNone, whole } from "./row.ts";

/** Images between two turns of the event loop: long reads keep nobody waiting. */
const PAGE = 500;

/** The reading side of the history. */
export function openEvidenceReading(
  database: DatabaseSync,
  facts: FactTable,
): Pick<EvidenceStore, "entries" | "last" | "imagesWith" | "namesOf" | "search"> {
  const { page, newest, own, scan, key } = prepare(database);

  async function* entries(
    asOf: Instant,
    filter: { readonly registry?: string; readonly repository?: string } = {},
  ): AsyncGenerator<StoredEvidence> {
    const fact = facts.reader();
    for await (const row of pages([filter.registry ?? "", "", ""], (after) =>
      page.all(asOf, filter.repository ?? null, ...after, PAGE, filter.registry ?? null),
    )) {
      yield { ...knownOf(row, fact), ...decidedOf(row, fact) };
    }
  }

  const last: EvidenceStore["last"] = async (image) => lastOf(own.get(image.registry, image.repository, image.digest), facts.reader());

  async function* search(wish: FactWish): AsyncGenerator<Known> {
    const wanted = await wished(facts, wish);
    const fact = facts.reader();
    for await (const row of pages(["", "", ""], (after) => newest.all(...after, PAGE))) yield knownOf(row, fact, wanted);
  }

  async function* pages(from: readonly string[], read: (after: readonly string[]) => readonly Row[]): AsyncGenerator<Row> {
    let after = from;
    for (;;) {
      const rows = read(after);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = [text(last, "registry"), text(last, "repository"), text(last, "digest")];
      await turn();
    }
  }

  /**
   * Finds the facts by name, then looks through the packed lists of all images: 40,000 of 200 findings take a quarter of a second. An index
   * from fact to image would have each push write one page of it for every finding.
   */
  async function imagesWith(vulnerabilities: readonly string[]): Promise<readonly ImageKey[]> {
    const wanted = facts.named(vulnerabilities);
    const found: ImageKey[] = [];
    if (wanted.size === 0) return found;
    let after = 0;
    for (;;) {
      const rows = scan.all(after, PAGE);
      for (const row of rows) if (holdsAny(blob(row, "facts"), wanted)) found.push(keyOf(key.get(whole(row, "id"))));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return found;
      after = whole(last, "id");
      await turn();
    }
  }

  return { entries, last, imagesWith, search, namesOf: async (vulnerability) => namesOf(facts, vulnerability) };
}

function lastOf(row: Row | undefined, fact: FactReader): StoredEvidence | undefined {
  return row === undefined ? undefined : { ...knownOf(row, fact), ...decidedOf(row, fact) };
}

function namesOf(facts: FactTable, vulnerability: string): readonly string[] {
  const fact = facts.reader();
  const named = [...facts.named([vulnerability])].flatMap((number) => {
    const { id, aliases } = fact<Pick<Finding, "id" | "aliases">>(number);
    return [id, ...aliases];
  });
  return [...new Set([vulnerability, ...named])].sort();
}

/** Facts between two turns of the event loop. */
const FACTS = 20_000;

async function wished(facts: FactTable, wish: FactWish): Promise<ReadonlySet<number>> {
  if (wish.kind === "named") return facts.named(wish.names);
  const wanted = new Set<number>();
  const last = facts.last();
  for (let after = 0; after < last; after += FACTS) {
    for (const text of wish.texts)
      for (const { number, fact } of facts.containing(text, after, after + FACTS)) if (wish.isMeant(fact)) wanted.add(number);
    await turn();
  }
  return wanted;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function prepare(database: DatabaseSync) {
  return {
    page: database.prepare(
      `SELECT registry, repository, seen.digest AS digest, known.at AS at, gathered_at, tags, verdict, reasons,
         evidence.digest AS evidence_digest, shell, facts
       FROM seen JOIN known ON known.image = seen.id AND known.at = (SELECT max(at) FROM known WHERE image = seen.id AND at <= ?1)
       JOIN evidence ON evidence.id = known.evidence
       WHERE coalesce(repository = ?2, TRUE) AND coalesce(registry = ?7, TRUE) AND (registry, repository, seen.digest) > (?3, ?4, ?5)
       ORDER BY registry, repository, seen.digest LIMIT ?6`,
    ),
    newest: database.prepare(
      `SELECT registry, repository, seen.digest AS digest, known.at AS at, gathered_at, tags, verdict, reasons,
         evidence.digest AS evidence_digest, shell, facts
       FROM seen JOIN known ON known.id = seen.current JOIN evidence ON evidence.id = known.evidence
       WHERE (registry, repository, seen.digest) > (?, ?, ?) ORDER BY registry, repository, seen.digest LIMIT ?`,
    ),
    own: database.prepare(
      `SELECT registry, repository, seen.digest AS digest, known.at AS at, gathered_at, tags, verdict, reasons,
         evidence.digest AS evidence_digest, shell, facts
       FROM seen JOIN known ON known.id = seen.current JOIN evidence ON evidence.id = known.evidence
       WHERE (registry, repository, seen.digest) = (?, ?, ?)`,
    ),
    scan: database.prepare(
      `SELECT seen.id AS id, facts FROM seen JOIN known ON known.id = seen.current JOIN evidence ON evidence.id = known.evidence
       WHERE seen.id > ? ORDER BY seen.id LIMIT ?`,
    ),
    key: database.prepare("SELECT registry, repository, digest FROM seen WHERE id = ?"),
  };
}

type Known = Omit<StoredEvidence, "verdict">;

function knownOf(row: Row, fact: FactReader, wanted?: ReadonlySet<number>): Known {
  return {
    image: keyOf(row),
    tags: tagsOf(row),
    at: instant(whole(row, "at")),
    digest: parseDigest(text(row, "evidence_digest")),
    evidence: unpackEvidence(text(row, "shell"), blob(row, "facts"), instant(whole(row, "gathered_at")), fact, wanted),
  };
}

function decidedOf(row: Row, fact: FactReader): Pick<StoredEvidence, "verdict"> {
  const verdict = textOrNone(row, "verdict");
  return verdict === undefined ? {} : { verdict: { kind: kindOf(verdict), reasons: unpackTexts(blob(row, "reasons"), fact) } };
}

function keyOf(row: Row | undefined): ImageKey {
  return {
    registry: parseRegistryHost(text(row, "registry")),
    repository: parseRepository(text(row, "repository")),
    digest: parseDigest(text(row, "digest")),
  };
}

function tagsOf(row: Row): readonly Tag[] {
  return body<readonly string[]>(row, "tags").map((tag) => parseTag(tag));
}

function kindOf(verdict: string): VerdictKind {
  return verdict === "compliant" || verdict === "violating" ? verdict : "indeterminate";
}
