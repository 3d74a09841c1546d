import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../shared/audit/canonical.ts";
import { type ChainEnd, headText, link, verifyChain } from "../../shared/audit/chain.ts";
import { type AuditEvent, chainOf, type JournalEntry, type SignedHead } from "../../shared/domain/audit-event.ts";
import { signHead, verifySignature } from "../contract/store.ts";
import { auditEvent } from "../fixtures/audit-arbitrary.ts";
import { present } from "../fixtures/present.ts";

interface Journal {
  readonly entries: readonly JournalEntry[];
  readonly heads: readonly SignedHead[];
}

function journalOf(events: readonly AuditEvent[]): Journal {
  const ends = new Map<string, ChainEnd>();
  const entries = events.map((event, place): JournalEntry => {
    const next = link(ends.get(chainOf(event)), event);
    ends.set(next.chain, next);
    return JSON.parse(JSON.stringify({ sequence: place + 1, ...next }));
  });
  const heads = [...ends].map(([chain, { index, hash }]) => ({
    chain,
    index,
    hash,
    signature: signHead(headText({ chain, index, hash })),
  }));
  return { entries, heads };
}

const journal = fc.array(auditEvent, { minLength: 1, maxLength: 8 }).map(journalOf);

test("a whole journal verifies, also after it was written as text and read again", () => {
  fc.assert(
    fc.property(journal, ({ entries, heads }) => {
      expect(verifyChain(entries, heads, verifySignature)).toEqual([]);
    }),
  );
});

/** Every place in a value where a leaf stands. */
function leaves(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) => leaves(member, [...path, name]));
}

function changedAt(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : `${String(value)}x`;
  const copy = Array.isArray(value) ? [...value] : { ...Object(value) };
  copy[name] = changedAt(copy[name], rest);
  return copy;
}

test("any single change of an entry is found", () => {
  fc.assert(
    fc.property(journal, fc.nat(), fc.nat(), ({ entries, heads }, entry, leaf) => {
      const place = entry % entries.length;
      const paths = leaves(entries[place]).filter(([name]) => name !== "sequence");
      const path = paths[leaf % paths.length] ?? [];
      const changed = entries.map((each, index) => (index === place ? (changedAt(each, path) as JournalEntry) : each));
      expect(verifyChain(changed, heads, verifySignature), path.join(".")).not.toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("a member that is added to an entry is found", () => {
  fc.assert(
    fc.property(journal, fc.nat(), ({ entries, heads }, entry) => {
      const place = entry % entries.length;
      const added = entries.map((each, index) => (index === place ? { ...each, event: { ...each.event, note: "added" } } : each));
      expect(verifyChain(added, heads, verifySignature)).not.toEqual([]);
    }),
  );
});

test("an entry that is removed, repeated or moved within its chain is found", () => {
  fc.assert(
    fc.property(journal, fc.nat(), ({ entries, heads }, entry) => {
      const place = entry % entries.length;
      const own = present(entries[place]);
      expect(verifyChain(entries.toSpliced(place, 1), heads, verifySignature)).not.toEqual([]);
      expect(verifyChain(entries.toSpliced(place, 0, own), heads, verifySignature)).not.toEqual([]);
      expect(verifyChain(entries.toReversed(), heads, verifySignature).length > 0).toBe(
        entries.length > new Set(entries.map(({ chain }) => chain)).size,
      );
    }),
  );
});

test("a changed entry does not pass with a hash made anew, for the next one or the head names the old one", () => {
  fc.assert(
    fc.property(journal, fc.nat(), ({ entries, heads }, entry) => {
      const place = entry % entries.length;
      const own = present(entries[place]);
      const before = entries.findLast((each, index) => index < place && each.chain === own.chain);
      const forged = link(before, { ...own.event, at: own.event.at + 1 } as AuditEvent);
      const changed = entries.with(place, { sequence: own.sequence, ...forged });
      expect(verifyChain(changed, heads, verifySignature)).not.toEqual([]);
    }),
  );
});

test("a head that is changed, missing or signed by another is found", () => {
  fc.assert(
    fc.property(journal, fc.nat(), ({ entries, heads }, number) => {
      const place = number % heads.length;
      const head = present(heads[place]);
      const forged = Buffer.from(head.signature, "base64").map((byte, index) => (index === number % 64 ? byte ^ 1 : byte));
      for (const wrong of [
        { ...head, index: head.index + 1 },
        { ...head, hash: "0".repeat(64) },
        { ...head, signature: Buffer.from(forged).toString("base64") },
      ]) {
        expect(verifyChain(entries, heads.with(place, wrong), verifySignature)).not.toEqual([]);
      }
      expect(verifyChain(entries, heads.toSpliced(place, 1), verifySignature)).toContainEqual(
        expect.objectContaining({ kind: "unsigned" }),
      );
    }),
  );
});

test("canonical JSON is the same whatever the order of members, and reads back as the value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const shuffled = reversed(value);
      expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
