import { randomUUID } from "node:crypto";
import type { RegistryState } from "../state/registry.ts";
import type { World } from "../world.ts";

export interface Told {
  readonly type: string;
  readonly source: "aws.ecr" | "aws.inspector2";
  readonly resources?: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

export function tell(world: World, { account, region }: RegistryState, { type, source, resources = [], detail }: Told): void {
  // Whole seconds, as in every event of the vendor.
  const time = `${new Date(world.now()).toISOString().slice(0, 19)}Z`;
  world.tell({ version: "0", id: randomUUID(), "detail-type": type, source, account, time, region, resources, detail });
}
