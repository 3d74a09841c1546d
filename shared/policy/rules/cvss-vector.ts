import * as z from "zod";

const anyOf = <const Value extends string>(values: readonly [Value, ...Value[]], doc: string) =>
  z.array(z.enum(values)).min(1, { error: "name at least one value, or leave the metric out" }).optional().describe(doc);

/** Metrics that CVSS 3.0, 3.1 and 4.0 have in common (first.org, "Base Metrics"). */
export const metrics = () => ({
  AV: anyOf(["N", "A", "L", "P"], "Attack vector: network, adjacent, local, physical."),
  AC: anyOf(["L", "H"], "Attack complexity."),
  PR: anyOf(["N", "L", "H"], "Privileges required."),
  UI: anyOf(["N", "R", "P", "A"], "User interaction: none; required (3.x); passive, active (4.0)."),
});

export type CvssMetrics = z.output<z.ZodObject<ReturnType<typeof metrics>>>;

/** Whether a vector such as `CVSS:3.1/AV:N/AC:L/...` has one of the wanted values for each metric that is given. */
export function fitsVector(wanted: CvssMetrics, vector: string): boolean {
  const parts = vector.split("/");
  return Object.entries(wanted).every(
    ([metric, values]) => values === undefined || values.some((value) => parts.includes(`${metric}:${value}`)),
  );
}
