import { isRepository, type Repository } from "../../domain/image-ref.ts";
import { AdapterError } from "../../ports/adapter-error.ts";

/** Where held images of a repository lie: `<quarantine>/<repository>`. @throws AdapterError unsupported */
export function quarantineOf(quarantine: string, repository: Repository): Repository {
  const place = `${quarantine}/${repository}`;
  if (isRepository(place)) return place;
  throw new AdapterError("unsupported", `${repository}: its place in quarantine would be no repository name`, {
    mend: "shorten the quarantine prefix; a name has at most 255 characters",
  });
}

export function isQuarantined(quarantine: string, repository: string): boolean {
  return repository === quarantine || repository.startsWith(`${quarantine}/`);
}

/** The repository that held images of the gate's own one come from. */
export function originOf(quarantine: string, repository: Repository): Repository | undefined {
  const origin = repository.startsWith(`${quarantine}/`) ? repository.slice(quarantine.length + 1) : "";
  return isRepository(origin) ? origin : undefined;
}
