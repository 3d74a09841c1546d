import { expect, test } from "vitest";
import type { Documents } from "../../../../shared/stores/dynamodb/documents.ts";
import { openEvidenceBodies } from "../../../../shared/stores/dynamodb/evidence-bodies.ts";
import type { Key } from "../../../../shared/stores/dynamodb/item.ts";
import { nameOf } from "../../../../shared/stores/dynamodb/requests.ts";
import { entryOf, evidenceOf, findingOf } from "../../../fixtures/evidence.ts";

/** Facts in memory: nothing else is asked of the documents. */
function factsAlone(): Documents {
  const facts = new Map<string, unknown>();
  const refuse = () => Promise.reject(new Error("facts alone are asked for"));
  const find = <T>(key: Key) => facts.get(nameOf(key)) as T | undefined;
  return {
    read: async <T>(key: Key) => find<T>(key),
    readAll: async <T>(keys: readonly Key[]) => keys.map((key) => find<T>(key)),
    putFact: async (key, body) => void facts.set(nameOf(key), body),
    putFacts: refuse,
    readToChange: refuse,
    readAllToChange: refuse,
    recalled: refuse,
    change: refuse,
    async *list() {},
  };
}

test("evidence that stood in its image's item is kept apart where it is too large for that now, as another program packs it", async () => {
  const bodies = openEvidenceBodies(factsAlone());
  const large = entryOf("a", evidenceOf(["1", "2", "3"].map((number) => findingOf(`CVE-2026-${number}`))));
  const { digest } = await openEvidenceBodies(factsAlone()).keep(large);
  const kept = await bodies.keep(large, { digest, shell: { shell: "{}", names: [] } });
  expect(kept).toEqual({ digest });
  expect((await bodies.shells([kept]))[0]?.names).toHaveLength(3);
});
