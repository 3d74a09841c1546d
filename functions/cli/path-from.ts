import { dirname, isAbsolute, relative, resolve } from "node:path";

/** A path as it is to stand in a file, which names others from where it lies itself. */
export function pathFrom(file: string, path: string): string {
  return isAbsolute(path) ? path : relative(dirname(resolve(file)), resolve(path)).replaceAll("\\", "/");
}
