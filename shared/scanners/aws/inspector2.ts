import * as z from "zod";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { isObject, text, whyMalformed } from "../../runtime/lenient.ts";
import { readEntries, reportOf } from "./entries.ts";
import { INSPECTOR_FINDING } from "./schema.ts";

const LIST = z.object({ findings: z.array(INSPECTOR_FINDING), nextToken: text, NextToken: text });

/** Answer of Inspector2's ListFindings, also a recorded one, the bare list of it, or one finding, also inside of its event. */
export const inspector2: ReportReader = {
  id: "inspector2",
  mediaTypes: [],
  keeps: keptNames(LIST, "data", "detail", "detail-type"),
  recognises(document) {
    const answer = answerIn(document);
    if (isObject(answer) && "findings" in answer) return isListOfFindings(answer["findings"]);
    return isFinding(detailOf(document));
  },
  read(document) {
    const one = detailOf(document);
    if (isFinding(one)) return readOne(one);
    const read = LIST.safeParse(answerIn(document));
    if (!read.success) return { kind: "malformed", why: whyMalformed("an answer of Inspector2's ListFindings", read.error.issues) };
    if (read.data.nextToken || read.data.NextToken)
      return { kind: "failed", why: "the answer is one page of several: gather them all into one list" };
    return reportOf("inspector2", readEntries(read.data.findings));
  },
};

/** What was recorded has the answer in `data`, beside the code of its status. */
function answerIn(document: unknown): unknown {
  if (Array.isArray(document)) return { findings: document };
  const data = isObject(document) && !("findings" in document) ? document["data"] : undefined;
  return isObject(data) ? data : document;
}

/** A finding says nothing of others: it must not replace a list, so it counts as a scanner of its own. */
function readOne(document: unknown): ReadReport {
  const read = INSPECTOR_FINDING.safeParse(document);
  if (!read.success) return { kind: "malformed", why: whyMalformed("a finding of Inspector2", read.error.issues) };
  const { notes, ...entries } = readEntries([read.data]);
  const id = read.data.findingArn?.split("/").at(-1) ?? "";
  return reportOf(`inspector2 finding ${id}`.slice(0, 100), { ...entries, notes: [...notes, "one finding; the image may have others"] });
}

function detailOf(document: unknown): unknown {
  return isObject(document) && document["detail-type"] === "Inspector2 Finding" ? document["detail"] : document;
}

function isFinding(value: unknown): boolean {
  return isObject(value) && "findingArn" in value && ("packageVulnerabilityDetails" in value || "type" in value);
}

function isListOfFindings(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((entry: unknown) => isFinding(entry));
}
