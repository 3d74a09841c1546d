import { shortDigest } from "../../shared/domain/digest.ts";
import type { ImageEvidence } from "../../shared/domain/evidence.ts";
import { printPlatform } from "../../shared/domain/manifest.ts";
import type { Instant } from "../../shared/domain/time.ts";
import { asksForHold } from "../../shared/domain/verdict.ts";
import type { Judged } from "../../shared/pipeline/judge.ts";
import { type Explanation, explain } from "../../shared/policy/explain/explain.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { imageView } from "../../shared/web/api/view.ts";
import { printBlock, refuseTwoForms } from "./block.ts";
import { type ChosenPolicy, choosePolicy } from "./check-policy.ts";
import { registryOfSettings } from "./check-registry.ts";
import { shelveReports } from "./check-reports.ts";
import { openImage } from "./check-source.ts";
import { readThreats } from "./check-threats.ts";
import { exitOfVerdict } from "./exit-code.ts";
import { broughtBy, openJudging } from "./judge-once.ts";
import { keptRoots } from "./kept-roots.ts";
import { withProgress } from "./progress.ts";
import type { Run } from "./verb.ts";

/** Judges one image by what lies beside it and what the command line brings. Nobody is told, nothing is changed. */
export const runCheck: Run = async (call) => {
  const { words, flags, terminal, asJson } = call;
  refuseTwoForms(call);
  const text = words[0] ?? "";
  const chosen = choosePolicy(flags.text("policy"), flags.list("key"), keptRoots(flags));
  const now = systemClock.now();
  const judged = await withProgress(terminal, `Judging ${text}`, async () => {
    const registry = await registryOfSettings(text, flags.text("settings"));
    const image = await openImage(text, flags.text("as"), registry && (async () => registry.source));
    const brought = { ...broughtBy(flags), ...(registry && { vendors: registry.vendors }), threats: await readThreats(flags) };
    const judging = await openJudging(image, chosen.active, brought);
    await shelveReports(judging.reports, flags.list("report"), image.manifest, await judging.deps.readers(), now);
    return judging.judge(now);
  });
  if (asJson) terminal.printJson(answer(text, judged));
  else printBlock(call, explanationOf(text, judged, chosen, now), `Policy   ${chosen.label}`);
  return exitOfVerdict(judged.record.verdict.kind);
};

/** What scripts read; keep it stable. */
function answer(text: string, { record }: Judged): Readonly<Record<string, unknown>> {
  const { digest, verdict, reasons, evidence } = imageView(record);
  const { policy, mode } = record.verdict;
  const holds = asksForHold(record.verdict);
  return {
    image: text,
    digest,
    verdict,
    reasons,
    evidence,
    policy: { name: policy.name, version: policy.version },
    actions: holds ? [{ verb: "hold", mode }] : [],
  };
}

function explanationOf(text: string, { record, evidence }: Judged, { file, active }: ChosenPolicy, now: Instant): Explanation {
  const { key, kind, platforms } = record;
  const explained = explain(record, {
    policyFile: file,
    now,
    names: childNames(evidence),
    view: "check",
    waivers: active.policy.waiverSettings,
  });
  return { ...explained, image: text, identity: [shortDigest(key.digest), platforms.length > 0 ? platforms.join(" + ") : kind] };
}

function childNames({ children }: ImageEvidence): Readonly<Record<string, string>> {
  return Object.fromEntries(
    children.flatMap((child) => [
      ...(child.subject.platform === undefined ? [] : [[child.subject.digest, printPlatform(child.subject.platform)] as const]),
      ...Object.entries(childNames(child)),
    ]),
  );
}
