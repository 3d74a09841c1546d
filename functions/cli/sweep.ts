import type * as z from "zod";
import { SweepView } from "../../shared/web/api/schema.ts";
import { EXIT } from "./exit-code.ts";
import { openGate } from "./gate.ts";
import type { Run } from "./verb.ts";

export const runSweep: Run = async ({ flags, terminal, asJson }) => {
  const report = await openGate(flags).post("/api/v1/sweep", {}, SweepView);
  if (asJson) terminal.printJson(report);
  else terminal.print(words(report));
  return report.registries.some((registry) => registry.fault !== undefined) ? EXIT.indeterminate : EXIT.fine;
};

function words({ images, missed, gone, queued, registries }: z.output<typeof SweepView>): string {
  const sums = `  SWEPT      ${images} images: ${missed} announced by no event, ${gone} gone, ${queued} to be judged`;
  const lines = registries.map(({ host, images: seen, fault }) =>
    fault === undefined ? `  + ${host}  ${seen} images` : `  ! ${host}  not read whole: ${fault}`,
  );
  return [sums, ...lines].join("\n");
}
