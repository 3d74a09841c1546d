import type {
  AttestationEvidence,
  FindingsEvidence,
  ImageEvidence,
  InventoryEvidence,
  ScanReport,
  VexEvidence,
} from "../domain/evidence.ts";
import type { Inventory } from "../domain/inventory.ts";
import type { FindingsRequest, FindingsSource, ImageFacts } from "../ports/findings-source.ts";
import { type Settled, settle } from "./settle.ts";

/** What all sources of documents say of an image. */
export type Documents = Pick<ImageEvidence, "findings" | "content" | "inventory" | "vex" | "attestations">;

/** Where nobody could be asked. */
export function unavailableDocuments(why: string): Documents {
  const unavailable = { kind: "unavailable", why } as const;
  return { findings: unavailable, inventory: unavailable, vex: unavailable, attestations: unavailable };
}

/** Asks every source. A source that cannot be asked leaves open what it would have said. */
export async function documentsOf(sources: readonly FindingsSource[], request: FindingsRequest, signal?: AbortSignal): Promise<Documents> {
  const answers = await Promise.all(sources.map(async (source) => settle(() => source.facts(request, signal), `${source.id}: `)));
  const content = answers.flatMap((answer) => ("fault" in answer ? [] : answer.value.content));
  return {
    findings: joinFindings(answers.map((answer) => ("fault" in answer ? unavailable(answer.fault) : answer.value.findings))),
    inventory: joinInventories(answers.map((answer) => ("fault" in answer ? unavailable(answer.fault) : answer.value.inventory))),
    vex: joinVex(answers),
    attestations: joinAttestations(answers),
    ...(content.length === 0 ? {} : { content }),
  };
}

function unavailable(why: string): { readonly kind: "unavailable"; readonly why: string } {
  return { kind: "unavailable", why };
}

// Any report counts; of the rest, the answer that leaves most open is given, for a report may still come from there.
const OPENNESS = ["unavailable", "pending", "failed", "stale", "unsupported"] as const;

/** One answer out of several sources' answers. */
function joinFindings(answers: readonly FindingsEvidence[]): FindingsEvidence {
  const reports: ScanReport[] = answers.flatMap((answer) => (answer.kind === "reported" ? answer.reports : []));
  const notes = answers.flatMap((answer) => (answer.kind === "reported" ? (answer.notes ?? []) : []));
  const [first, ...rest] = reports;
  if (first !== undefined) return { kind: "reported", reports: [first, ...rest], ...(notes.length === 0 ? {} : { notes }) };
  for (const kind of OPENNESS) {
    const answer = answers.find((candidate) => candidate.kind === kind);
    if (answer !== undefined) return answer;
  }
  return { kind: "absent" };
}

function joinInventories(answers: readonly InventoryEvidence[]): InventoryEvidence {
  const [first, ...rest]: readonly Inventory[] = answers.flatMap((answer) => (answer.kind === "reported" ? answer.inventories : []));
  if (first !== undefined) return { kind: "reported", inventories: [first, ...rest] };
  const open = answers.find(({ kind }) => kind === "unavailable") ?? answers.find(({ kind }) => kind === "failed");
  return open ?? { kind: "absent" };
}

// A statement that a source holds back could stand against one that another gave: without all of them none counts.
function joinVex(answers: readonly Settled<ImageFacts>[]): VexEvidence {
  const statements = [];
  for (const answer of answers) {
    if ("fault" in answer) return unavailable(answer.fault);
    statements.push(...answer.value.vex);
  }
  return { kind: "examined", statements };
}

function joinAttestations(answers: readonly Settled<ImageFacts>[]): AttestationEvidence {
  const statements = [];
  for (const answer of answers) {
    if ("fault" in answer) return unavailable(answer.fault);
    statements.push(...answer.value.attestations);
  }
  return { kind: "examined", statements };
}
