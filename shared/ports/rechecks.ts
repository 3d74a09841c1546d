import type { ImageKey } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";

/** Where a store lists images by the time at which they are to be judged again, no job has to wait for that time. */
export interface Rechecks {
  /** Images whose verdict is to be looked at again in this time, both ends included; to the minute, and none before its time. What was judged a moment ago may be missing. */
  between(from: Instant, to: Instant): AsyncIterable<{ readonly image: ImageKey; readonly at: Instant }>;
}
