import { instant } from "../../domain/time.ts";
import type { Rechecks } from "../../ports/rechecks.ts";
import { CHANGE_INDEX } from "./definition.ts";
import { seenImageIn } from "./image-document.ts";
import { imageOf } from "./image-places.ts";
import { keyOf } from "./item.ts";
import type { Requests } from "./requests.ts";
import { IMAGE_LISTS } from "./shards.ts";
import { MINUTE_MS, minuteOf } from "./stamps.ts";

/** Reads the whole list of changes, some 100 bytes of each image: a job for each image would be written, moved and taken away again. */
export function openRechecks(requests: Requests): Rechecks {
  return {
    async *between(from, to) {
      const [first, last] = [minuteOf(from), minuteOf(to)];
      const index = { name: CHANGE_INDEX, hash: "gc", sort: "gn" };
      for (const hash of IMAGE_LISTS) {
        for await (const item of requests.query({ index, hash })) {
          const { again } = seenImageIn(item);
          if (again !== undefined && again >= first && again <= last) yield { image: imageOf(keyOf(item)), at: instant(again * MINUTE_MS) };
        }
      }
    },
  };
}
