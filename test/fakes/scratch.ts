import { existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";

const MEMORY = "/dev/shm";
const ROOM = 1_073_741_824;

/**
 * The folder for what tests write: in memory where there is room, of which a container may have 64 MB. They sync and delete many small files, which is a
 * third of their time on a disk, and all that they ask of one is that it survives the death of a process.
 */
export const SCRATCH = existsSync(MEMORY) && room(MEMORY) >= ROOM ? MEMORY : tmpdir();

function room(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
