import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { SCRATCH } from "./fakes/scratch.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/interop/**", "test/fault/**", "node_modules/**"],
    root: new URL("..", import.meta.url).pathname,
    pool: "threads",
    // No module keeps state of its own, so files may share what was loaded; importing anew for each took half of the time.
    isolate: false,
    // A quarter of the time is spent waiting, for sockets, disks and processes.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 20_000,
    env: { TMPDIR: SCRATCH },
  },
});
