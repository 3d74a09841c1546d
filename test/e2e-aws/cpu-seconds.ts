import { readFileSync } from "node:fs";

const TICKS_A_SECOND = 100;

/** Processor time that a process took so far, in seconds (proc(5), "/proc/pid/stat": utime and stime); 0 where that cannot be asked. */
export function cpuSecondsOf(pid: number | undefined): number {
  try {
    // The name in brackets may hold spaces.
    const fields =
      readFileSync(`/proc/${pid ?? 0}/stat`, "utf8")
        .split(") ")
        .at(-1)
        ?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  } catch {
    return 0;
  }
}
