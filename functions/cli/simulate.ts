import type { History } from "../../shared/compose/history.ts";
import { activate } from "../../shared/compose/policy-file.ts";
import type { Instant } from "../../shared/domain/time.ts";
import type { ActivePolicy } from "../../shared/pipeline/deps.ts";
import { matchesGlob } from "../../shared/policy/select.ts";
import { renderSimulationMarkdown } from "../../shared/policy/simulate/markdown.ts";
import { type SimulationReport, startSimulation } from "../../shared/policy/simulate/report.ts";
import type { Setup } from "../../shared/policy/simulate/simulate.ts";
import { renderSimulationText } from "../../shared/policy/simulate/text.ts";
import type { NotationTrust } from "../../shared/ports/notation-trust.ts";
import type { Trust } from "../../shared/ports/signature-verifier.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { parseAsOf } from "./as-of.ts";
import { refuseTwoForms } from "./block.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import { stateFolder } from "./gate.ts";
import { keptRoots } from "./kept-roots.ts";
import { withProgress } from "./progress.ts";
import { readText } from "./read-text.ts";
import { inForce, withHistory } from "./stored.ts";
import type { Call, Run } from "./verb.ts";

const WHAT = "Could not simulate";

/** Judges everything that is stored by two policies and says what differs. Reads; the gate may run meanwhile. */
export const runSimulate: Run = async (call) => {
  const { flags, terminal } = call;
  refuseTwoForms(call);
  const asOf = parseAsOf(flags.text("asOf"), systemClock.now());
  const keptIn = keptRoots(flags);
  const after = read(wanted(flags.text("policy")), keptIn);
  const setup = setUp(after, read(flags.text("against") ?? inForce(stateFolder(flags), WHAT, "--against FILE"), keptIn), asOf);
  const report = await withProgress(terminal, "Judging what is stored", () =>
    withHistory(flags, WHAT, (history) => simulate(history, setup, flags.text("repository"))),
  );
  show(call, report);
  return exitOf(report);
};

function wanted(file: string | undefined): string {
  if (file !== undefined) return file;
  throw usageError(WHAT, "no policy was named", "name the new policy: moorgate simulate --policy FILE");
}

function read(file: string, keptIn: string): ActivePolicy {
  return activate(readText(file, "policy"), file, keptIn);
}

function setUp(after: ActivePolicy, before: ActivePolicy, now: Instant): Setup {
  const known = new Map(meaningsOf(before.trust));
  const untriedSigners = meaningsOf(after.trust).flatMap(([name, meaning]) => (known.get(name) === meaning ? [] : [name]));
  return { before: before.policy, after: after.policy, now, untriedSigners };
}

/** Each signer by name, with a text that differs wherever other signatures could count as theirs. */
function meaningsOf({ keys, identities = [], sigstore = [], notation }: Trust): readonly (readonly [string, string])[] {
  const meaning = (...parts: readonly unknown[]): string => JSON.stringify(parts);
  const instancesOf = (named: string | undefined) => sigstore.filter(({ name }) => named === undefined || name === named);
  return [
    ...keys.map(
      (key) =>
        [key.name, meaning({ ...key, pem: key.pem.trim() }, key.transparencyLog === "required" && instancesOf(key.sigstore))] as const,
    ),
    ...identities.map((identity) => [identity.name, meaning(identity, instancesOf(identity.sigstore))] as const),
    ...(notation === undefined ? [] : [[notation.name, meaning(notation.policy, storesOf(notation))] as const]),
  ];
}

function storesOf({ stores }: NotationTrust): readonly unknown[] {
  return Object.entries(stores).map(([name, files]) => [name, files.map((bytes) => Buffer.from(bytes).toString("base64"))]);
}

async function simulate({ evidence, threats, usage }: History, setup: Setup, repository: string | undefined): Promise<SimulationReport> {
  const simulation = startSimulation({ ...setup, threats: await threats(setup.now) });
  for await (const entry of evidence.entries(setup.now)) {
    if (repository !== undefined && !matchesGlob(repository, entry.image.repository)) continue;
    const children = entry.evidence.children.map(({ subject }) => subject.digest);
    simulation.add({ ...entry, usage: await usage({ key: entry.image, children }, systemClock.now()) });
  }
  return simulation.report();
}

function show({ terminal, flags, asJson }: Call, report: SimulationReport): void {
  if (asJson) terminal.printJson(report);
  else if (report.images === 0) terminal.print("  NOTHING     No image is stored as of then: nothing is known of what would change.");
  else terminal.print(flags.on("markdown") ? renderSimulationMarkdown(report) : renderSimulationText(report));
}

/** That nothing is known is not that nothing changes. */
function exitOf({ images, effects }: SimulationReport): ExitCode {
  if (images === 0) return EXIT.indeterminate;
  return effects["newly-held"] > 0 ? EXIT.violating : EXIT.fine;
}
