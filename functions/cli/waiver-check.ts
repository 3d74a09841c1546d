import type { History } from "../../shared/compose/history.ts";
import type { Instant } from "../../shared/domain/time.ts";
import type { Policy } from "../../shared/policy/document.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import { type Judged, reviewWaivers, type WaiverRemark } from "../../shared/policy/waivers/review.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { EXIT } from "./exit-code.ts";
import { withProgress } from "./progress.ts";
import { policyOf, withHistory } from "./stored.ts";
import type { Run } from "./verb.ts";

const WHAT = "Could not check the waivers";

export const runWaiverCheck: Run = async ({ flags, terminal, asJson }) => {
  const { policy } = policyOf(flags, WHAT);
  const now = systemClock.now();
  const { images, judged } = await withProgress(terminal, "Judging what is stored", () =>
    withHistory(flags, WHAT, (history) => judgeAll(history, policy, now)),
  );
  const remarks = reviewWaivers(policy, judged, now);
  if (asJson) terminal.printJson({ images, waivers: policy.waivers.length, remarks });
  else terminal.print(lines(images, policy.waivers.length, remarks).join("\n"));
  if (remarks.length > 0) return EXIT.violating;
  return images === 0 ? EXIT.indeterminate : EXIT.fine;
};

/** Only those that a waiver has to do with are kept: the others would take memory and say nothing. */
async function judgeAll(
  { evidence, threats }: History,
  policy: Policy,
  now: Instant,
): Promise<{ readonly images: number; readonly judged: readonly Judged[] }> {
  const facts = await threats(now);
  const judged: Judged[] = [];
  let images = 0;
  for await (const { image, tags, evidence: known } of evidence.entries(now)) {
    images += 1;
    const verdict = evaluate(policy, { registry: image.registry, repository: image.repository, tags }, known, now, facts);
    if (verdict.waived !== undefined || verdict.voidWaivers !== undefined) judged.push({ image, verdict });
  }
  return { images, judged };
}

function lines(images: number, waivers: number, remarks: readonly WaiverRemark[]): readonly string[] {
  const what = `${waivers} ${waivers === 1 ? "waiver" : "waivers"}, ${images} ${images === 1 ? "image" : "images"}`;
  if (images === 0) return [`  UNKNOWN    ${what}: nothing is stored, so nothing is known of their use`, ...remarks.map(line)];
  return remarks.length === 0 ? [`  FINE       ${what}: nothing to do`] : [`  LOOK       ${what}`, ...remarks.map(line)];
}

function line({ id, code, message, owner, place }: WaiverRemark): string {
  return `  ! ${id}   ${code}: ${message} (${owner}) [${place}]`;
}
