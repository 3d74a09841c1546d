import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/interop/**/*.test.ts"],
    root: new URL("../..", import.meta.url).pathname,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each file starts several programs; two cores are enough for one file at a time.
    fileParallelism: false,
  },
});
