import type { UsageReader } from "../ports/usage-reader.ts";

/** The only list of what says what runs; each is loaded when it is used. */
export const usageReaders: Readonly<Record<string, () => Promise<UsageReader>>> = {
  kubernetes: async () => (await import("./kubernetes/index.ts")).kubernetes,
  ecs: async () => (await import("./ecs/index.ts")).ecs,
  lambda: async () => (await import("./lambda/index.ts")).lambda,
  "app-runner": async () => (await import("./app-runner/index.ts")).appRunner,
  inspector: async () => (await import("./inspector/index.ts")).inspector,
  "cloud-run": async () => (await import("./cloud-run/index.ts")).cloudRun,
  azure: async () => (await import("./azure/index.ts")).azure,
};
