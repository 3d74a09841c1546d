import { createHash } from "node:crypto";
import { parseDigest } from "../domain/digest.ts";
import { type Feed, type FeedName, type ThreatFacts } from "../domain/threat.ts";
import { readExploitPrediction } from "../feeds/exploit-prediction.ts";
import type { FeedReader } from "../feeds/feed.ts";
import { readKnownExploited } from "../feeds/known-exploited.ts";
import { readFeedBytes } from "../feeds/location.ts";
import { readWithdrawn } from "../feeds/osv.ts";

/** Feeds from files, for one question; what is not named is not set up. @throws AdapterError on a file that is no such feed */
export async function readFeedFiles(files: { readonly [Name in FeedName]?: string | undefined }): Promise<ThreatFacts> {
  return {
    knownExploited: await readFeed(files.knownExploited, readKnownExploited),
    exploitPrediction: await readFeed(files.exploitPrediction, readExploitPrediction),
    withdrawn: await readFeed(files.withdrawn, readWithdrawn),
  };
}

async function readFeed<Entry>(path: string | undefined, read: FeedReader<Entry>): Promise<Feed<Entry>> {
  if (path === undefined) return { kind: "absent" };
  const bytes = await readFeedBytes({ kind: "file", path });
  const digest = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
  return { kind: "read", digest, ...read(bytes) };
}
