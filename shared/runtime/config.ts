import { homedir } from "node:os";
import { join } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment. The only place that reads it; everything else gets what it needs as an argument. */
export function readEnvironment(): Environment {
  return process.env;
}

/** Folder of Docker's `config.json`, where registry credentials are (docker CLI reference, "Configuration files"). */
export function dockerConfigFile(environment: Environment): string {
  return join(environment["DOCKER_CONFIG"] ?? join(homedir(), ".docker"), "config.json");
}
