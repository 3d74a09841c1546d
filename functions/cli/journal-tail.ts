import { setTimeout as wait } from "node:timers/promises";
import type * as z from "zod";
import { type JournalEntryView, JournalHeads, JournalPage } from "../../shared/web/api/schema.ts";
import { EXIT } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";
import { type Gate, openGate } from "./gate.ts";
import { eventWords } from "./journal-words.ts";
import type { Call, Run } from "./verb.ts";

type Entry = z.output<typeof JournalEntryView>;
type Head = z.output<typeof JournalHeads>["heads"][number];

const POLL_MS = 500;
const PAGE = 500;

export const runJournalTail: Run = async (call) => {
  const { flags } = call;
  const gate = openGate(flags);
  const print = await printerFor(call);
  if (flags.on("heads")) return printExport(call, gate);
  const first = await begin(gate, flags);
  for (const entry of first.entries) print(entry);
  let { next } = first;
  while (flags.text("after") !== undefined || flags.on("follow")) {
    const page = await gate.get(`/api/v1/journal?after=${next}&limit=${PAGE}`, JournalPage);
    for (const entry of page.entries) print(entry);
    next = page.next;
    if (page.entries.length > 0) continue;
    if (!flags.on("follow")) break;
    await wait(POLL_MS);
  }
  return EXIT.fine;
};

async function begin(gate: Gate, flags: Flags): Promise<z.output<typeof JournalPage>> {
  const after = flags.number("after", 0, 999_999_999);
  if (after !== undefined) return { entries: [], next: after };
  return gate.get(`/api/v1/journal?last=${flags.number("lines", 1, PAGE) ?? 20}`, JournalPage);
}

async function printerFor({ terminal, flags, asJson }: Call): Promise<(entry: Entry) => void> {
  if (asJson && flags.on("ocsf"))
    throw usageError("Could not read the command line", "--json and --ocsf are two forms of the same", "keep one of the two");
  if (asJson) return (entry) => terminal.printJson(entry);
  if (!flags.on("ocsf")) return (entry) => terminal.print(`  ${timeOf(entry)}  ${eventWords(entry.event)}`);
  const { entryAsOcsf } = await import("../../shared/compose/journal-entry.ts");
  const { version } = await import("./version.ts");
  return (entry) => terminal.printJson(entryAsOcsf(entry, version));
}

function timeOf({ event }: Entry): string {
  return new Date(event.at).toISOString().slice(0, 19).replace("T", " ");
}

/**
 * Everything, with the signed end of every chain: what `journal verify --file` can prove. The gate goes on writing, so entries after the ends
 * that were read first are left out.
 */
async function printExport({ terminal, asJson }: Call, gate: Gate): Promise<typeof EXIT.fine> {
  if (!asJson) throw usageError("Could not read the command line", "--heads is for an export", "add --json");
  const heads = new Map<string, Head>();
  for (let after = ""; ; ) {
    const page = await gate.get(`/api/v1/journal/heads?${new URLSearchParams({ after, limit: String(PAGE) }).toString()}`, JournalHeads);
    for (const head of page.heads) heads.set(head.chain, head);
    if (page.next === undefined) break;
    after = page.next;
  }
  for (let after = 0; ; ) {
    const page = await gate.get(`/api/v1/journal?after=${after}&limit=${PAGE}`, JournalPage);
    for (const entry of page.entries) if (entry.index <= (heads.get(entry.chain)?.index ?? 0)) terminal.printJson(entry);
    if (page.entries.length === 0) break;
    after = page.next;
  }
  for (const head of heads.values()) terminal.printJson(head);
  return EXIT.fine;
}
