import { type OneRegistry, openOneRegistry } from "../../shared/compose/one-registry.ts";
import { parseRegistrySettings } from "../../shared/compose/settings.ts";
import { parseImageRef } from "../../shared/domain/image-ref.ts";
import { dockerCredentials } from "../../shared/oci/credentials.ts";
import { isSourceRef } from "../../shared/oci/source-ref.ts";
import { dockerConfigFile, readEnvironment } from "../../shared/runtime/config.ts";
import { usageError } from "./fault.ts";
import { readText } from "./read-text.ts";

/**
 * The registry of an image as the gate's settings have it; `undefined` where none are given.
 * @throws ParseError, PolicyError, CliError (usage) where they do not name it
 */
export async function registryOfSettings(image: string, file: string | undefined): Promise<OneRegistry | undefined> {
  if (file === undefined) return undefined;
  if (isSourceRef(image)) throw usageError(`Could not judge ${image}`, "--settings is for an image in a registry", "leave --settings out");
  const { registry } = parseImageRef(image, "image");
  const environment = readEnvironment();
  const docker = dockerConfigFile(environment);
  const settings = parseRegistrySettings(
    readText(file, "settings"),
    file,
    environment,
    (host) => dockerCredentials(docker, host),
    registry,
  );
  if (settings !== undefined) return openOneRegistry(settings);
  throw usageError(
    `Could not judge ${image}`,
    `${file} names no registry ${registry}`,
    "name it under registries, or leave --settings out",
  );
}
