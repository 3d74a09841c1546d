import type { Bench } from "./bench.ts";

/** The only list of measurements. */
export const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  cold: async () => (await import("./cold.ts")).cold,
  "aws-steps": async () => (await import("./aws-steps.ts")).awsSteps,
  emergency: async () => (await import("./emergency.ts")).emergency,
  evaluate: async () => (await import("./evaluate.ts")).evaluateStored,
  hold: async () => (await import("./hold.ts")).hold,
  reevaluate: async () => (await import("./reevaluate.ts")).reevaluate,
  push: async () => (await import("./push.ts")).default,
  report: async () => (await import("./report.ts")).report,
  signatures: async () => (await import("./signatures.ts")).signatures,
  steps: async () => (await import("./steps.ts")).steps,
};
