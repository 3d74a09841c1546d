import { createReadStream, type Stats, statSync } from "node:fs";
import { type UsageText, usageOfCluster, usageOfTexts } from "../../shared/compose/usage-sources.ts";
import { type Instant, instant, parseInstant, printInstant } from "../../shared/domain/time.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { SeenUsage } from "../../shared/ports/usage-reader.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { readEnvironment } from "../../shared/runtime/config.ts";
import { count } from "../../shared/runtime/lenient.ts";
import { StoredUsageView } from "../../shared/web/api/schema-usage.ts";
import { EXIT } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";
import { openGate } from "./gate.ts";
import { withProgress } from "./progress.ts";
import type { Run } from "./verb.ts";

const STDIN = "-";
const MOST_SHOWN = 10;
const WHAT = "Could not read what runs";

export const runReportUsage: Run = async ({ flags, words, terminal, asJson }) => {
  const place = placeOf(flags);
  const source = sourceOf(flags, words, terminal.interactive);
  const isDry = flags.on("dryRun");
  const gate = isDry ? undefined : openGate(flags);
  const seenAt = seenAtOf(flags, source);
  const seen = await withProgress(terminal, "Reading", () => read(source, flags));
  if (source.kind === "files" && !flags.on("partOnly")) refusePart(seen);
  const { images, unmatched, from, notes } = seen;
  const claim = { place, seenAt: printInstant(seenAt), images, unmatched, nothingRuns: flags.on("nothingRuns") };
  const stored = await gate?.post("/api/v1/usage", claim, StoredUsageView);
  if (asJson) terminal.printJson({ kind: isDry ? "plan" : "reported", ...claim, from, notes, ...(stored && { stored }) });
  else terminal.print(textOf(isDry ? "WOULD REPORT" : "REPORTED  ", place, seen, stored));
  return EXIT.fine;
};

function placeOf(flags: Flags): string {
  const place = flags.text("place");
  if (place !== undefined) return place;
  throw usageError(WHAT, "--place is missing", "name the place as usage.places in moorgate.yaml does: --place east");
}

type Source = { readonly kind: "cluster"; readonly file?: string } | { readonly kind: "files"; readonly files: readonly string[] };

function sourceOf(flags: Flags, files: readonly string[], isInteractive: boolean): Source {
  const kubeconfig = flags.text("kubeconfig");
  const ways = [flags.on("inCluster"), kubeconfig !== undefined, files.length > 0].filter(Boolean).length;
  if (ways > 1)
    throw usageError(
      WHAT,
      "it is to be read in two ways at once",
      "give files, or --in-cluster, or --kubeconfig FILE, and only one of them",
    );
  if (kubeconfig !== undefined) return { kind: "cluster", file: kubeconfig };
  if (flags.on("inCluster")) return { kind: "cluster" };
  if (files.length > 0) return { kind: "files", files };
  if (isInteractive) throw usageError(WHAT, "nothing is piped in", "name the files, or pipe in what a command prints");
  return { kind: "files", files: [STDIN] };
}

/** Files were written before now: the oldest of them says how old the whole is. */
function seenAtOf(flags: Flags, source: Source): Instant {
  const files = source.kind === "files" ? source.files.filter((file) => file !== STDIN) : [];
  const written = files.map(writtenAt);
  const said = flags.text("seenAt");
  return said === undefined ? instant(Math.min(systemClock.now(), ...written)) : parseInstant(said, "--seen-at");
}

function writtenAt(file: string): number {
  const stats = statsOf(file);
  if (stats.isDirectory()) throw usageError(WHAT, `${file} is a folder`, "name the files in it");
  return Math.floor(stats.mtimeMs);
}

function statsOf(file: string): Stats {
  try {
    return statSync(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw usageError(WHAT, `${file} cannot be read (${code})`, "name a file that this user may read");
  }
}

function refusePart({ partOnly }: SeenUsage): void {
  if (partOnly === undefined) return;
  throw usageError(
    WHAT,
    `only ${partOnly} is in it, and what runs elsewhere would count as running nowhere`,
    "list all of the place (kubectl get pods -A), or say with --part-only that the place is no more than that",
  );
}

function read(source: Source, flags: Flags): Promise<SeenUsage> {
  if (source.kind === "files") return readFiles(source.files, flags.text("from"));
  const context = flags.text("context");
  const choice = { ...(source.file === undefined ? {} : { file: source.file }), ...(context === undefined ? {} : { context }) };
  return usageOfCluster(choice, readEnvironment());
}

/** What a file says is there to stay, unlike what a cluster answers. */
async function readFiles(files: readonly string[], from: string | undefined): Promise<SeenUsage> {
  try {
    return await usageOfTexts(files.map(textIn), from);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    throw usageError(WHAT, error.message, error.mend ?? "give the unchanged output of kubectl, aws, gcloud or az");
  }
}

function textIn(file: string): UsageText {
  return file === STDIN ? { place: "standard input", chunks: process.stdin } : { place: file, chunks: createReadStream(file) };
}

function textOf(
  head: string,
  place: string,
  { images, unmatched, notes, from }: SeenUsage,
  stored: { readonly ended: number; readonly queued: number } | undefined,
): string {
  const ended = stored === undefined ? "" : `; ${stored.ended} ended, ${stored.queued} of them judged again`;
  const lines = unmatched
    .slice(0, MOST_SHOWN)
    .map(({ workload, repository }) => `  ! ${workload.name}  runs ${repository ?? "an image without a name"}, its digest is not told`);
  const more = unmatched.length > MOST_SHOWN ? [`    and ${unmatched.length - MOST_SHOWN} more`] : [];
  return [
    `  ${head} ${place}: ${count(images.length, "image", "images")}, ${count(unmatched.length, "workload", "workloads")} without a digest (${from.join(", ")})${ended}`,
    ...lines,
    ...more,
    ...notes.map((note) => `    ${note}`),
  ].join("\n");
}
