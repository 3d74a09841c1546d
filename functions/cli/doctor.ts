import { columns } from "./columns.ts";
import type { Finding } from "./doctor-check.ts";
import { lookAtGate } from "./doctor-gate.ts";
import { lookAtRegistries, lookAtWatched } from "./doctor-registries.ts";
import { lookAtPolicy, lookAtSettings, policyIn } from "./doctor-settings.ts";
import { lookAtSetups } from "./doctor-setup.ts";
import { lookAtState } from "./doctor-state.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { stateFolder } from "./gate.ts";
import { withProgress } from "./progress.ts";
import type { Run } from "./verb.ts";

export const runDoctor: Run = async ({ flags, terminal, asJson }) => {
  const stateDir = stateFolder(flags);
  const findings = await withProgress(terminal, "Looking", async () => {
    const settings = await lookAtSettings();
    const policy = await lookAtPolicy(stateDir, flags.text("policy"));
    const own = [...(await lookAtState(stateDir, settings.store)), policy.finding, settings.finding];
    const gate = await lookAtGate(stateDir, policyIn(stateDir, flags.text("policy")));
    const setups = await lookAtSetups(settings.registries, policy.active);
    const registries = [...(await lookAtWatched(gate.watched, settings.registries)), ...(await lookAtRegistries(settings.registries))];
    return [...own, ...gate.findings, ...registries, ...setups];
  });
  if (asJson) terminal.printJson({ state: stateOf(findings), findings });
  else terminal.print(words(findings));
  return EXITS[stateOf(findings)];
};

type State = Finding["state"];

const EXITS: Readonly<Record<State, ExitCode>> = { well: EXIT.fine, mend: EXIT.violating, unknown: EXIT.indeterminate };
const SYMBOLS: Readonly<Record<State, string>> = { well: "+ well", mend: "x mend", unknown: "? unknown" };

function stateOf(findings: readonly Finding[]): State {
  if (findings.some(({ state }) => state === "mend")) return "mend";
  return findings.some(({ state }) => state === "unknown") ? "unknown" : "well";
}

function words(findings: readonly Finding[]): string {
  const rows = columns(
    findings.flatMap(({ what, state, fact }) =>
      fact.split("\n").map((line, index) => (index === 0 ? [`  ${SYMBOLS[state]}`, what, line] : ["", "", line])),
    ),
    Number.POSITIVE_INFINITY,
  );
  const steps = findings.flatMap(({ what, next }) => (next === undefined ? [] : [`  Next     ${what}: ${next}`]));
  return [...rows, ...(steps.length === 0 ? [] : ["", ...steps])].join("\n");
}
