import type * as z from "zod";
import { TakeOverPlanView } from "../../shared/web/api/schema-take-over.ts";
import { actorOf } from "./act.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { openGate, sameGate } from "./gate.ts";
import { withProgress } from "./progress.ts";
import { unlessSo } from "./refused.ts";
import { count, inChargeOf, inChargeWords } from "./takeover-status.ts";
import type { Run } from "./verb.ts";

type Plan = z.output<typeof TakeOverPlanView>;

export const runTakeOverPlan: Run = async ({ flags, words: [registry = ""], terminal, asJson }) => {
  const path = `/api/v1/takeover/${encodeURIComponent(registry)}/plan`;
  const gate = openGate(flags);
  const ask = (): Promise<Plan> => gate.post(path, actorOf(flags.text("actor")), TakeOverPlanView);
  const plan = await unlessSo(withProgress(terminal, "Judging what is stored", ask), () => inChargeOf(gate, registry));
  if (asJson) terminal.printJson(plan);
  else if ("kind" in plan) terminal.print(inChargeWords(registry));
  else terminal.print(words(plan, sameGate(flags)));
  return "kind" in plan ? EXIT.fine : exitOf(plan);
};

function exitOf({ objection, numbers: { hold, deadline } }: Plan): ExitCode {
  if (objection !== undefined) return EXIT.indeterminate;
  return hold + deadline > 0 ? EXIT.violating : EXIT.fine;
}

function words({ registry, at, policy, numbers, report, objection, use, unjudged }: Plan, sameGateFlags: string): string {
  const { images, hold, deadline, decided } = numbers;
  const rest = images - hold - deadline - decided;
  const next =
    objection === undefined ? `moorgate takeover confirm ${registry} --reason "..."${sameGateFlags}` : `${objection.mend}${sameGateFlags}`;
  return [
    `  PLAN       ${registry}, by ${policy.name}@${policy.version.slice(0, 6)} enforced, as of ${at.slice(0, 16).replace("T", " ")}Z`,
    `  Of ${count(images)} images, ${count(hold)} would be held and ${count(deadline)} would get a deadline.`,
    ...(objection === undefined ? [] : [`  ! This is not all, or cannot be done yet: ${objection.why}.`]),
    "",
    ...row("x", hold, "held: they violate the policy and are known to run nowhere"),
    ...row("!", deadline, "a deadline: they violate the policy, and are in use or nobody knows"),
    ...row("=", decided, "held already, or a person decided otherwise"),
    ...row(".", rest, "left as they are"),
    ...(unjudged === 0 ? [] : row("?", unjudged, "could not be judged; they are met again as part of the run, under the brake")),
    ...(hold + deadline === 0
      ? []
      : [
          "",
          `  Of those that violate, ${count(use.running)} run, ${count(use.pulled)} were pulled lately, ${count(use.unknown)} nobody knows of.`,
        ]),
    ...(report === "" ? [] : ["", "  What speaks against them ('newly held' counts deadlines too):", "", report]),
    "",
    ...(hold === 0 ? [] : ["  Brake    the run counts: it stops and asks where it would hold more than `brake` in moorgate.yaml allows"]),
    `  Next     ${next}`,
  ].join("\n");
}

function row(symbol: string, number: number, what: string): readonly string[] {
  return [`  ${symbol} ${count(number).padStart(7)}  ${what}`];
}
