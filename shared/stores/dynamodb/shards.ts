import { createHash } from "node:crypto";

/** One key of an index takes 1,000 units a second: what all of a kind is listed by is spread over so many. */
const IMAGE_SHARDS = 16;
const ACTION_SHARDS = 4;
const JOB_SHARDS = 4;

const numbered = (name: string, shards: number): readonly string[] => Array.from({ length: shards }, (_, shard) => `${name}#${shard}`);

export const IMAGE_LISTS = numbered("image", IMAGE_SHARDS);
export const ACTION_LISTS = numbered("action", ACTION_SHARDS);

/** The same for the same text. */
function listOf(lists: readonly string[], text: string): string {
  const [byte = 0] = createHash("sha256").update(text).digest();
  return lists[byte % lists.length] ?? "";
}

export function imageList(digest: string): string {
  return listOf(IMAGE_LISTS, digest);
}

export function actionList(id: string): string {
  return listOf(ACTION_LISTS, id);
}

export function jobLists(state: string): readonly string[] {
  return numbered(state, JOB_SHARDS);
}

/** All jobs of a group are in one: their order is that of its sort keys. */
export function jobList(state: string, group: string): string {
  return listOf(jobLists(state), group);
}
