import type { ImageRecord } from "../../shared/domain/image-record.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import type { MemoryRegistry } from "../fakes/memory-registry.ts";
import { digestOfWare, type Ware, wareOf } from "./stock.ts";
import { entriesAt } from "./user-acts.ts";
import { QUARANTINE, type World } from "./world.ts";

/** What the policy in force says of an image; by the model alone. */
export function expectedVerdict(world: World, { key: { repository, digest }, hold }: Pick<ImageRecord, "key" | "hold">): Verdict["kind"] {
  const { registry, rules } = world;
  const ware = wareOf(digest);
  if (ware === undefined) return "compliant";
  const places = hold.kind === "held" ? [repository, `${QUARANTINE}/${repository}`] : [repository];
  const all = ware.children.length === 0 ? [ware] : ware.children;
  const parts = all.filter((part) => places.some((place) => registry.find(place, digestOfWare(part)) !== undefined));
  const isUnsigned = rules.wantsSigned && !places.some((place) => isSigned(registry, place, ware));
  if (isUnsigned || parts.some((part) => isAgainst(world, digest, part))) return "violating";
  return (rules.forbidsBad || rules.forbidsAttacked) && parts.length < all.length ? "indeterminate" : "compliant";
}

/** Whether what one image consists of is against the policy; a waiver may name it, or the index that is judged. */
function isAgainst({ rules, isAttacked }: World, judged: string, part: Ware): boolean {
  const isWaived = rules.waived === judged || rules.waived === digestOfWare(part);
  return (rules.forbidsBad && part.isBad && !isWaived) || (rules.forbidsAttacked && isAttacked && part.isVulnerable);
}

function isSigned(registry: MemoryRegistry, repository: string, { signature, built }: Ware): boolean {
  const { digest } = signature.manifest;
  if (registry.find(repository, digest) === undefined) return false;
  if (registry.dialect.hasReferrersApi) return true;
  return entriesAt(registry, repository, built.manifest.digest.replace(":", "-")).some((entry) => entry.digest === digest);
}
