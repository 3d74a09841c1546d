import type * as z from "zod";
import { Promotion } from "../../shared/web/api/schema-promotion.ts";
import { actorOf, planWords } from "./act.ts";
import { mustAsk } from "./asked.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";
import { openGate, sameGate } from "./gate.ts";
import { printable } from "./printable.ts";
import { asOfNow } from "./refused.ts";
import type { Call, Run } from "./verb.ts";

type PromotionJson = z.output<typeof Promotion>;
type BarredJson = Extract<PromotionJson, { readonly kind: "barred" }>;

/** Asks first what would become of it: where that is nothing, nobody has to agree, and why is told. */
export const runPromote: Run = async (call) => {
  const { flags, terminal, words } = call;
  const to = flags.text("to");
  if (to === undefined) throw usageError("Could not promote", "no tag was named", "add --to TAG");
  const reason = flags.text("reason")?.trim();
  const isAsked = mustAsk(call, "promote");
  const request = { image: words[0] ?? "", to, ...(reason === undefined ? {} : { reason }), ...actorOf(flags.text("actor")) };
  const gate = openGate(flags);
  const ask = (dryRun: boolean): Promise<PromotionJson> => asOfNow(gate.post("/api/v1/promote", { ...request, dryRun }, Promotion));
  const planned = await ask(true);
  if (planned.kind !== "plan" || flags.on("dryRun")) return show(call, planned);
  if (isAsked) {
    terminal.tell(planWords(planned.sentences));
    if (!(await terminal.ask("Do it?"))) {
      terminal.tell("Nothing was changed.");
      return EXIT.violating;
    }
  }
  return show(call, await ask(false));
};

function show({ terminal, asJson, flags }: Call, answer: PromotionJson): ExitCode {
  if (asJson) terminal.printJson(answer);
  else terminal.print(wordsOf(answer, flags));
  switch (answer.kind) {
    case "done":
    case "there":
      return EXIT.fine;
    case "plan":
      return EXIT.violating;
    case "barred":
      return answer.verdict === "violating" ? EXIT.violating : EXIT.indeterminate;
  }
}

function wordsOf(answer: PromotionJson, flags: Flags): string {
  switch (answer.kind) {
    case "plan":
      return planWords(answer.sentences);
    case "there":
      return `  NOTHING TO DO  ${answer.to} points at it already, and it complies`;
    case "barred":
      return barredWords(answer);
    case "done": {
      const { image, changes = [], outcome } = answer.action;
      const tags = changes.map(({ tag, from }) => `${tag}, which pointed at ${from === "absent" ? "nothing" : from}`);
      const notes = (outcome?.notes ?? []).map((note) => `  Note       ${printable(note)}`);
      return [
        `  PROMOTED   ${image}`,
        `  Tag        ${tags.join("; ")}`,
        ...notes,
        `  Undo       ${answer.undo} --reason "..."${sameGate(flags)}`,
      ].join("\n");
    }
  }
}

const WHY_BARRED = {
  violating: "it violates the policy now",
  indeterminate: "what it has to be judged by is missing",
  unasked: "no rule is for it, so nobody can say that it complies; write a rule that is",
} as const;

/** What the policy enforces is what bars it. */
function barredWords({ image, to, verdict, policy, reasons }: BarredJson): string {
  const enforced = reasons.filter(({ level }) => level === "enforce");
  return [
    `  NOT PROMOTED   ${image} to ${to}: ${WHY_BARRED[verdict]}   policy ${policy.name}@${policy.version}`,
    ...enforced.flatMap(({ message, remedy, place }) => [
      `  - ${printable(message)} [${printable(place)}]`,
      `    Fix  ${printable(remedy)}`,
    ]),
  ].join("\n");
}
