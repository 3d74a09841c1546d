import type { ImageRecord } from "../../domain/image-record.ts";
import { printImageKey, printImageRef } from "../../domain/image-ref.ts";

/** Commands that a reader most likely wants now. Made of parsed names only, so that none can carry foreign words into a shell. */
export function nextCommands(record: ImageRecord): readonly string[] {
  const { key, tags, hold, verdict, presence } = record;
  if (presence === "gone") return [];
  const [tag] = tags;
  const image = tag === undefined ? printImageKey(key) : printImageRef({ registry: key.registry, repository: key.repository, tag });
  if (hold.kind === "held")
    return [`moorgate release ${printImageKey(key)} --reason "..."`, `moorgate undo ${hold.actionId} --reason "..."`];
  if (verdict?.kind === "violating") return [`moorgate hold ${image} --reason "..."`];
  return verdict?.kind === "indeterminate" ? [`moorgate check ${image}`] : [];
}
