import type * as z from "zod";
import { type Duration, printDuration } from "../../shared/domain/time.ts";
import { RunList, type RunView } from "../../shared/web/api/schema.ts";
import { BrakeView } from "../../shared/web/api/schema-brake.ts";
import { EXIT } from "./exit-code.ts";
import type { Flags } from "./flags.ts";
import { openGate, sameGate } from "./gate.ts";
import type { Run } from "./verb.ts";

type BrakeJson = z.output<typeof BrakeView>;
type WaitingJson = BrakeJson["waiting"][number];

const SHOWN = 10;

export const runBrakeStatus: Run = async ({ flags, terminal, asJson }) => {
  const gate = openGate(flags);
  const [brake, { runs }] = await Promise.all([gate.get("/api/v1/brake", BrakeView), gate.get("/api/v1/runs", RunList)]);
  if (asJson) terminal.printJson({ ...brake, runs });
  else
    terminal.print(
      [...limitWords(brake), ...brake.waiting.flatMap((each) => waitingWords(each, flags)), ...runs.flatMap(runWords)].join("\n"),
    );
  return brake.waiting.length > 0 ? EXIT.violating : EXIT.fine;
};

function limitWords({ limits, halted, heldInHour, untold }: BrakeJson): readonly string[] {
  const gate = halted === undefined ? "acts" : `STOPPED by ${halted.by} since ${halted.since}: ${halted.reason}`;
  if (limits === undefined) return ["  Brake      off", `  Gate       ${gate}`, `  This hour  ${heldInHour} held by runs`];
  const { images, perHour, ofRepository, lastTag, lastCompliant, pulledWithin, protected: patterns } = limits;
  const stops = [
    ...(lastTag ? ["before the last tag of a repository"] : []),
    ...(lastCompliant ? ["where none that complies would be left"] : []),
    ...(pulledWithin === undefined ? [] : [`before what was pulled within ${printDuration(pulledWithin as Duration)}`]),
    ...(patterns.length === 0 ? [] : [`before ${patterns.join(", ")}`]),
  ];
  const silent =
    untold.length === 0 ? [] : [`  Not known  ${untold.join(", ")} never told of a pull: when an image was pulled does not count there`];
  return [
    `  Limits     ${images} images a run, ${perHour} an hour, ${ofRepository} % of a repository`,
    ...(stops.length === 0 ? [] : [`  Stops      ${stops.join("; ")}`]),
    ...silent,
    `  Gate       ${gate}`,
    `  This hour  ${heldInHour} of ${perHour} held by runs`,
  ];
}

function waitingWords({ run, images, uses }: WaitingJson, flags: Flags): readonly string[] {
  const { id, held, waiting, why } = run;
  const more = waiting - Math.min(SHOWN, images.length);
  return [
    `  ! ${id}  stopped, ${held} held, ${waiting} wait: ${why ?? ""}`,
    `    of these ${uses.running} run, ${uses.pulled} were pulled lately, ${uses["not-running"]} run nowhere, ${uses.unknown} not known`,
    ...images
      .slice(0, SHOWN)
      .map(({ image, tags, use }) => `      ${use.padEnd(11)}  ${image}${tags.length === 0 ? "" : `  (${tags.join(", ")})`}`),
    ...(more > 0 ? [`      and ${more} more`] : []),
    `    moorgate brake approve ${id} --reason "..."${sameGate(flags)}   or   moorgate brake reject ${id} --reason "..."${sameGate(flags)}`,
  ];
}

/** Those that wait stand above, with their images. */
function runWords({ id, state, held, waiting }: z.output<typeof RunView>): readonly string[] {
  return state === "stopped" ? [] : [`  + ${id}  ${state}, ${held} held, ${waiting} wait`];
}
