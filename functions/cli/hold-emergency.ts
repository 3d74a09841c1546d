import { setTimeout as wait } from "node:timers/promises";
import { EmergencyListView, EmergencyReportView } from "../../shared/web/api/schema-emergency.ts";
import { actorOf } from "./act.ts";
import { mustAsk, reasonOf } from "./asked.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { type Gate, openGate } from "./gate.ts";
import { type ListJson, listWords, type ReportJson, reportWords, toHold } from "./hold-words.ts";
import { withProgress } from "./progress.ts";
import { asOfNow } from "./refused.ts";
import type { Call } from "./verb.ts";

const LOOK_MS = 500;

export interface Wanted {
  readonly query: string;
  readonly everywhere: boolean;
  readonly inUse: boolean;
}

/** Shows all that is concerned, asks, has exactly that held, and says what became of it. */
export async function runEmergency(call: Call, wanted: Wanted): Promise<ExitCode> {
  const { flags, terminal, asJson } = call;
  const isDryRun = flags.on("dryRun");
  const reason = reasonOf(call, "hold");
  const isAsked = mustAsk(call, "hold");
  const gate = openGate(flags);
  const list = await withProgress(terminal, "looking through what is stored of every image", () =>
    gate.post("/api/v1/emergencies/preview", wanted, EmergencyListView),
  );
  const count = toHold(list);
  if (isDryRun || count === 0) return show(call, list);
  if (!asJson) terminal.tell(listWords(list));
  if (isAsked && !(await terminal.ask(`Hold ${count === 1 ? "this image" : `these ${count} images`}?`))) {
    terminal.tell("Nothing was changed.");
    return EXIT.violating;
  }
  const request = { ...wanted, list: list.list, ...reason, ...actorOf(flags.text("actor")) };
  const report = await settled(call, gate, await asOfNow(gate.post("/api/v1/emergencies", request, EmergencyReportView)));
  if (asJson) terminal.printJson({ list, report });
  else terminal.print(reportWords(report, list.rule, flags));
  return exitOf(report);
}

/** Nothing was to be held, or nothing was asked for. */
function show({ terminal, asJson, flags }: Call, list: ListJson): ExitCode {
  if (asJson) terminal.printJson({ list });
  else terminal.print(listWords(list));
  if (toHold(list) > 0 && flags.on("dryRun")) return EXIT.violating;
  if (list.images.some(({ disposition }) => disposition !== "held")) return EXIT.violating;
  return list.unsure.length > 0 ? EXIT.indeterminate : EXIT.fine;
}

/** It goes on by itself should somebody stop waiting. */
async function settled({ terminal }: Call, gate: Gate, begun: ReportJson): Promise<ReportJson> {
  let told = "";
  let report = begun;
  while (report.endedAt === undefined && !(report.state === "stopped" && report.counts.underWay === 0)) {
    const words = `  ${report.run}: ${report.counts.held} of ${report.toHold} held`;
    if (words !== told && terminal.interactive) terminal.tell(words);
    told = words;
    await wait(LOOK_MS);
    report = await gate.get(`/api/v1/emergencies/${encodeURIComponent(report.run)}`, EmergencyReportView);
  }
  return report;
}

function exitOf({ counts, notKnown }: ReportJson): ExitCode {
  if (counts.failed > 0) return EXIT.failed;
  if (counts.waiting + counts.left + counts.underWay > 0) return EXIT.violating;
  return notKnown > 0 ? EXIT.indeterminate : EXIT.fine;
}
