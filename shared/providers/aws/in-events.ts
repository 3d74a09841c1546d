import type { AwsAccess, RegistrySettings } from "../../ports/provider.ts";
import { accessOf } from "./access.ts";
import { hostOf } from "./place.ts";

const ROLE = /^(arn:[a-z-]+):iam::(\d{12}):role\/(?:\S+\/)?([^/\s]+)$/;

/** Events know a registry by its account and region, by whichever host it is reached. @throws ParseError where the settings do not say these */
export function inEvents({ host, aws }: Pick<RegistrySettings, "host" | "aws">) {
  const registry = hostOf(accessOf(host, aws).place);
  return { ...(registry === undefined ? {} : { registry }), actors: callersOf(aws).map(actorOf) };
}

/** ARNs under which the gate's calls come, as far as that is known. */
export function callersOf({ role, principal, ownRoles = [] }: AwsAccess = {}): readonly string[] {
  if (role !== undefined) return [role];
  return [...new Set([...(principal === undefined ? [] : [principal]), ...ownRoles])];
}

/** A user by its ARN, and a role by the beginning that the ARNs of all its sessions have. */
function actorOf(arn: string): string {
  const [, partition, account, name] = ROLE.exec(arn) ?? [];
  return name === undefined ? arn : `${partition}:sts::${account}:assumed-role/${name}`;
}
