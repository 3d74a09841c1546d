import type { AwsAccess, RegistrySettings } from "../../ports/provider.ts";
import { accessOf } from "./access.ts";
import { hostOf } from "./place.ts";

const ROLE = /^(arn:[a-z-]+):iam::(\d{12}):role\/(?:\S+\/)?([^/\s]+)$/;

/** Events know a registry by its account and region, by whichever host it is reached. @throws ParseError where the settings do not say these */
export function inEvents({ host, aws }: Pick<RegistrySettings, "host" | "aws">) {
  const [registry, actor] = [hostOf(accessOf(host, aws).place), actorOf(aws)];
  return { ...(registry === undefined ? {} : { registry }), ...(actor === undefined ? {} : { actor }) };
}

/** A user by its ARN, and a role by the beginning that the ARNs of all its sessions have. */
function actorOf({ role, principal }: AwsAccess = {}): string | undefined {
  const arn = role ?? principal;
  const [, partition, account, name] = ROLE.exec(arn ?? "") ?? [];
  return name === undefined ? arn : `${partition}:sts::${account}:assumed-role/${name}`;
}
