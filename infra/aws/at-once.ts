import type { Plugin } from "rolldown";

export interface AtOnce {
  readonly plugin: Plugin;
  /** Whether a module is loaded with the function. */
  readonly holds: (id: string) => boolean;
}

/**
 * Finds what a function loads when it is loaded, so that it lies in one file: parts that share it would split it into dozens, and each file takes time.
 */
export function atOnce(): AtOnce {
  const found = new Set<string>();
  return {
    plugin: {
      name: "at-once",
      buildEnd() {
        for (const id of this.getModuleIds()) if (this.getModuleInfo(id)?.isEntry === true && id.includes("/functions/aws/")) found.add(id);
        for (const id of found) for (const imported of this.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
      },
    },
    holds: (id) => found.has(id),
  };
}
