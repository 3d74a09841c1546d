import * as z from "zod";
import type { ReportReader } from "../../ports/findings-source.ts";
import { isObject, short, whyMalformed } from "../../runtime/lenient.ts";

const COUNT = z.object({ severity: z.string(), count: z.number() });

/** What the scanner writes into `quarantineDetails` of a quarantined manifest in Azure Container Registry (2019-08-15-preview). */
export const QUARANTINE_DETAILS = z.object({
  scanner: z.string().optional(),
  state: z.string().optional(),
  link: z.string().optional(),
  result: z
    .object({ version: z.string().optional(), summary: z.array(COUNT).max(50).optional(), description: z.string().optional() })
    .optional(),
});

/** Its state is any text, and it counts vulnerabilities without naming one: it can be told to people, and judged by no rule. */
export const acrQuarantine: ReportReader = {
  id: "acr-quarantine",
  mediaTypes: [],
  recognises(document) {
    if (!isObject(document) || !("scanner" in document && "state" in document)) return false;
    return isObject(document["result"]) && "summary" in document["result"];
  },
  read(document) {
    const read = QUARANTINE_DETAILS.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("quarantine details of Azure Container Registry", read.error.issues) };
    const { scanner, state, result } = read.data;
    const counts = (result?.summary ?? []).map(({ severity, count }) => `${count} ${short(severity, 20)}`).join(", ");
    const said = `${short(scanner, 100) || "a scanner"} says ${short(state, 100) || "nothing of its state"}`;
    return { kind: "unsupported", why: `${said} and counts ${counts || "nothing"}; quarantine details name no vulnerability` };
  },
};
