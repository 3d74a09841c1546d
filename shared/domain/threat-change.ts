import { FEED_NAMES, type Feed, type ThreatFacts } from "./threat.ts";

/** `everything`: a feed began or ceased to be known, which concerns images that no entry names, too. */
export type ThreatChange = { readonly kind: "everything" } | { readonly kind: "ids"; readonly ids: readonly string[] };

/** What the two states of the feeds say differently. */
export function changedThreats(before: ThreatFacts, after: ThreatFacts): ThreatChange {
  if (FEED_NAMES.some((name) => (before[name].kind === "read") !== (after[name].kind === "read"))) return { kind: "everything" };
  const ids = [
    ...changedEntries(
      before.knownExploited,
      after.knownExploited,
      (a, b) => a.addedAt === b.addedAt && a.dueAt === b.dueAt && a.usedByRansomware === b.usedByRansomware,
    ),
    ...changedEntries(
      before.exploitPrediction,
      after.exploitPrediction,
      (a, b) => a.probability === b.probability && a.percentile === b.percentile,
    ),
    ...changedEntries(before.withdrawn, after.withdrawn, (a, b) => a.at === b.at),
  ];
  return { kind: "ids", ids: [...new Set(ids)] };
}

/** Whether both are the same snapshots; one that is not there is the same as another that is not. */
export function areSameThreats(a: ThreatFacts, b: ThreatFacts): boolean {
  return FEED_NAMES.every((name) => snapshotOf(a[name]) === snapshotOf(b[name]));
}

function snapshotOf(feed: Feed<unknown>): string {
  return feed.kind === "read" ? feed.digest : "none";
}

function changedEntries<Entry>(before: Feed<Entry>, after: Feed<Entry>, isSame: (a: Entry, b: Entry) => boolean): readonly string[] {
  const old = entriesOf(before);
  const now = entriesOf(after);
  const changed: string[] = [];
  for (const [id, entry] of now) {
    const known = old.get(id);
    if (known === undefined || !isSame(known, entry)) changed.push(id);
  }
  for (const id of old.keys()) if (!now.has(id)) changed.push(id);
  return changed;
}

function entriesOf<Entry>(feed: Feed<Entry>): ReadonlyMap<string, Entry> {
  return feed.kind === "read" ? feed.entries : new Map();
}
