import { existsSync, statfsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const MEMORY = "/dev/shm";
const ROOM = 1_073_741_824;

/** Tests sync and delete many small files, and keep none: a third of the time where a disk does it. A container's memory may have 64 MB of room for that. */
function whereFilesGo(): Readonly<Record<string, string>> {
  if (!existsSync(MEMORY)) return {};
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ROOM ? { TMPDIR: MEMORY } : {};
}

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
    env: whereFilesGo(),
  },
});
