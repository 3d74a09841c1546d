import type { Instant } from "../../shared/domain/time.ts";
import type { ActivePolicy } from "../../shared/pipeline/deps.ts";
import { listSignatures } from "../../shared/pipeline/list-signatures.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { parseAsOf } from "./as-of.ts";
import { choosePolicy, findPolicy, keyName } from "./check-policy.ts";
import { type ListedImage, openListed } from "./check-source.ts";
import { EXIT, type ExitCode, exitOfVerdict } from "./exit-code.ts";
import { type Brought, broughtBy, openJudging } from "./judge-once.ts";
import { keptRoots } from "./kept-roots.ts";
import { withProgress } from "./progress.ts";
import type { Run } from "./verb.ts";
import { answerOf, type Verified, type VerifyAnswer } from "./verify-answer.ts";
import { demandsOf, judgeDemands } from "./verify-demand.ts";
import { renderVerified } from "./verify-text.ts";
import { askedView } from "./verify-view.ts";

/** Lists what is signed and attested, verifies it, and says whether that is what the policy demands. Nothing is changed. */
export const runVerify: Run = async ({ words, flags, terminal, asJson }) => {
  const text = words[0] ?? "";
  const [named, keys, predicateType] = [flags.text("policy"), flags.list("key"), flags.text("predicateType")];
  const found = findPolicy(named, keptRoots(flags));
  const chosen = choosePolicy(named, keys, keptRoots(flags));
  const now = parseAsOf(flags.text("at"), systemClock.now(), "--at");
  const answer = await withProgress(terminal, `Verifying ${text}`, async () => {
    const image = await openListed(text, flags.text("as"));
    const demands = demandsOf(chosen.active, predicateType, keys.map(keyName));
    const verified = await verify(image, broughtBy(flags), demands, predicateType, now);
    return answerOf(text, verified, { chosen, isNamed: found !== undefined, predicateType, now });
  });
  if (asJson) terminal.printJson(answer);
  else terminal.print(renderVerified(answer, terminal));
  return EXITS[answer.verdict];
};

const EXITS: Readonly<Record<VerifyAnswer["verdict"], ExitCode>> = {
  enough: exitOfVerdict("compliant"),
  "not-enough": exitOfVerdict("violating"),
  unknown: exitOfVerdict("indeterminate"),
  // Whether somebody who counts signed it is not known.
  "nobody-trusted": EXIT.indeterminate,
};

async function verify(
  image: ListedImage,
  brought: Brought,
  demands: ActivePolicy,
  predicateType: string | undefined,
  now: Instant,
): Promise<Verified> {
  const { attestationFiles = [] } = brought;
  const { deps, place, judge } = await openJudging(image, demands, brought);
  const { evidence } = await judge(now);
  const target = { registry: image.key.registry, repository: image.key.repository, tags: image.tags };
  const list = await listSignatures(deps, place, evidence, now);
  return {
    list,
    demanded: judgeDemands(demands, { target, evidence, predicateType, now }),
    asked: [
      ...(await image.discovery()).map(askedView),
      ...(attestationFiles.length === 0 ? [] : [{ place: "attestation-files", found: attestationFiles.length } as const]),
    ],
  };
}
