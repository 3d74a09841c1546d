import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/interop/**", "test/fault/**", "node_modules/**"],
    root: new URL("..", import.meta.url).pathname,
    pool: "threads",
    testTimeout: 20_000,
  },
});
