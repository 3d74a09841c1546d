import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { canonicalJson } from "../../../shared/audit/canonical.ts";
import { type ChainLink, checkEntry, headText, link, verifyChain } from "../../../shared/audit/chain.ts";
import { parked } from "../../../shared/audit/record.ts";
import type { JournalEntry, SignedHead } from "../../../shared/domain/audit-event.ts";
import { signHead, verifySignature } from "../../contract/store.ts";
import { NOW } from "../../fixtures/records.ts";

const first = link(undefined, parked({ work: "first", why: "", at: NOW }));
const second = link(first, parked({ work: "second", why: "", at: NOW }));
const entries: readonly JournalEntry[] = [
  { sequence: 1, ...first },
  { sequence: 2, ...second },
];

/** With a hash that fits, as somebody would write it who knows how hashes are made. */
function sealed(content: Omit<ChainLink, "hash">): JournalEntry {
  const { chain, index, previousHash, event } = content;
  return { sequence: 2, ...content, hash: createHash("sha256").update(canonicalJson({ chain, index, previousHash, event })).digest("hex") };
}

function headOf({ chain, index, hash }: Pick<SignedHead, "chain" | "index" | "hash">): SignedHead {
  return { chain, index, hash, signature: signHead(headText({ chain, index, hash })) };
}

test("the hash is over the canonical JSON of chain, index, hash before and event: anybody can compute it", () => {
  expect(sealed(second).hash).toBe(second.hash);
  expect(first).toMatchObject({ chain: "gate", index: 1, previousHash: "0".repeat(64) });
});

test.each<readonly [string, JournalEntry]>([
  ["changed", { sequence: 2, ...second, event: { ...second.event, at: NOW, id: "another" } }],
  ["broken", sealed({ ...second, index: 3 })],
  ["broken", sealed({ ...second, previousHash: "0".repeat(64) })],
  ["misplaced", sealed({ ...second, chain: "registry.example/shop/api@sha256:00" })],
])("an entry is %s", (kind, entry) => {
  expect(checkEntry(first, entry)).toEqual([{ chain: entry.chain, index: entry.index, kind }]);
});

test.each<readonly [string, readonly JournalEntry[], readonly SignedHead[], number]>([
  ["end-differs", entries.slice(0, 1), [headOf(second)], 2],
  ["end-differs", entries, [headOf(first)], 1],
  ["end-differs", [], [headOf(second)], 2],
  ["bad-signature", entries, [{ ...headOf(second), signature: headOf(first).signature }], 2],
  ["unsigned", entries, [], 2],
])("a chain's end: %s", (kind, given, heads, index) => {
  expect(verifyChain(given, heads, verifySignature)).toEqual([{ chain: "gate", index, kind }]);
});

test("a whole chain has no problem", () => {
  expect(verifyChain(entries, [headOf(second)], verifySignature)).toEqual([]);
});
