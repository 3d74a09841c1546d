import { describe, expect, test } from "vitest";
import { verifyChain } from "../../shared/audit/chain.ts";
import { acted, correlationOf, judged, type Occasion, parked, planned } from "../../shared/audit/record.ts";
import { type AuditEvent, chainOf, type JournalEntry, type SignedHead } from "../../shared/domain/audit-event.ts";
import type { ImageRecord } from "../../shared/domain/image-record.ts";
import { parseRegistryHost, parseRepository, parseTag, printImageKey } from "../../shared/domain/image-ref.ts";
import type { ImageQuery, Ledger, LedgerStep } from "../../shared/ports/ledger.ts";
import { present } from "../fixtures/present.ts";
import { actionOf, at, digestOf, keyOf, NOW, recordOf, verdictOf } from "../fixtures/records.ts";
import { verifySignature, type WithStore } from "./store.ts";

/** The rules of `ports/ledger.ts`; every store keeps them. */
export function ledgerContract(withStore: WithStore): void {
  describe("image records", () => {
    test("a committed record is read back whole, an unknown image is undefined", () =>
      withStore(async ({ ledger }) => {
        const record = recordOf(keyOf("a"), { verdict: verdictOf("violating"), pushedBy: "mallory", platforms: ["linux/amd64"] });
        expect(await ledger.image(record.key)).toBeUndefined();
        expect(await commit(ledger, { image: record })).toBe("committed");
        expect(await ledger.image(record.key)).toEqual(record);
      }));

    test("the same digest in another repository or registry is another image", () =>
      withStore(async ({ ledger }) => {
        const keys = [keyOf("a", "shop/api"), keyOf("a", "shop/web"), keyOf("a", "shop/api", "other.example")];
        for (const key of keys) await commit(ledger, { image: recordOf(key, { pushedBy: printImageKey(key) }) });
        for (const key of keys) expect((await ledger.image(key))?.pushedBy).toBe(printImageKey(key));
      }));

    test.each([0, 2, 3])("a first record of version %i is a conflict and writes nothing", (version) =>
      withStore(async ({ ledger }) => {
        const image = recordOf(keyOf("a"), { version });
        const action = actionOf(image.key);
        expect(await ledger.commit({ image, intents: [action], outcomes: [], journal: [planned(occasion(image), action)] })).toBe(
          "conflict",
        );
        expect(await ledger.image(image.key)).toBeUndefined();
        expect(await ledger.action(action.id)).toBeUndefined();
        expect(await ledger.journal(0, 10)).toEqual([]);
        expect((await ledger.counts()).images).toBe(0);
      }),
    );

    test("of many that write the same version at once, one is committed, with its journal alone", () =>
      withStore(async ({ ledger }) => {
        const key = keyOf("a");
        await commit(ledger, { image: recordOf(key) });
        const steps = Array.from({ length: 20 }, (_, writer): LedgerStep => {
          const image = recordOf(key, { version: 2, pushedBy: `writer ${writer}` });
          return { image, intents: [], outcomes: [], journal: [parked({ work: `by ${writer}`, why: "", at: NOW })] };
        });
        const results = await Promise.all(steps.map((step) => ledger.commit(step)));
        expect(results.filter((result) => result === "committed")).toHaveLength(1);
        const winner = results.indexOf("committed");
        expect((await ledger.image(key))?.pushedBy).toBe(`writer ${winner}`);
        expect((await ledger.journal(0, 50)).map(({ event }) => event)).toEqual(steps[winner]?.journal);
      }));

    test("what a tag pointed at is known, the last first, each once, and by its place", () =>
      withStore(async ({ ledger }) => {
        const stable = parseTag("stable");
        const put = async (name: string, version: number, tags: readonly string[], repository = "shop/api"): Promise<void> => {
          await commit(ledger, { image: recordOf(keyOf(name, repository), { version, tags: tags.map((tag) => parseTag(tag)) }) });
        };
        await put("a", 1, ["1.0", "stable"]);
        await put("b", 1, ["1.1", "stable"]);
        await put("other", 1, ["stable"], "shop/web");
        await put("a", 2, ["1.0"]);
        // Seen again and still pointing there: nothing new.
        await put("b", 2, ["1.1", "stable"]);
        await put("c", 1, ["stable"]);
        await put("b", 3, ["1.1"]);
        const place = keyOf("a");
        expect(await ledger.bearers(place, stable, 9)).toEqual(["c", "b", "a"].map(digestOf));
        await put("a", 3, ["1.0", "stable"]);
        expect(await ledger.bearers(place, stable, 2)).toEqual(["a", "c"].map(digestOf));
        expect(await ledger.bearers(place, stable, 9)).toEqual(["a", "c", "b"].map(digestOf));
        expect(await ledger.bearers(place, parseTag("never"), 9)).toEqual([]);
      }));

    test("an image to which somebody gives thousands of tags is written all the same, and found by those that it bears", () =>
      withStore(async ({ ledger }) => {
        const [flooded, other] = [keyOf("flooded"), keyOf("other")];
        const tagsOf = (round: number) =>
          Array.from({ length: 1_000 }, (_, n) => parseTag(`${digestOf(`${round} ${n}`).slice(7)}-${"x".repeat(40)}`));
        for (const version of [1, 2, 3, 4, 5]) {
          const image = recordOf(flooded, { version, tags: [...tagsOf(version), parseTag("stable")] });
          expect(await commit(ledger, { image })).toBe("committed");
        }
        await commit(ledger, { image: recordOf(other, { tags: [parseTag("edge")] }) });
        const place = { registry: flooded.registry, repository: flooded.repository };
        const found = async (word: string) =>
          (await ledger.images({ ...place, words: [word], limit: 9 })).items.map(({ key }) => key.digest);
        expect([await found("stable"), await found("edge")]).toEqual([[flooded.digest], [other.digest]]);
        expect((await ledger.images({ words: ["stable"], limit: 9 })).items.map(({ key }) => key.digest)).toEqual([flooded.digest]);
        const bearers = (tag: string) => ledger.bearers(place, parseTag(tag), 9);
        expect([await bearers("stable"), await bearers("edge"), await bearers("constructor")]).toEqual([
          [flooded.digest],
          [other.digest],
          [],
        ]);
      }));

    test("a step that fails in the middle leaves nothing, and its neighbours are kept", () =>
      withStore(async ({ ledger }) => {
        const broken = recordOf(keyOf("broken"));
        const results = await Promise.allSettled([
          commit(ledger, { image: recordOf(keyOf("before")) }),
          commit(ledger, {
            image: broken,
            outcomes: [{ actionId: "never begun", outcome: { kind: "superseded", at: NOW, why: "" } }],
            journal: [parked({ work: "x", why: "", at: NOW })],
          }),
          commit(ledger, { image: recordOf(keyOf("after")) }),
        ]);
        expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
        expect(await ledger.image(broken.key)).toBeUndefined();
        expect(await ledger.image(keyOf("before"))).toBeDefined();
        expect(await ledger.image(keyOf("after"))).toBeDefined();
        expect(await ledger.journal(0, 10)).toEqual([]);
        expect((await ledger.counts()).images).toBe(2);
      }));
  });

  describe("lists", () => {
    test("pages go through every match once, newest change first", () =>
      withStore(async ({ ledger }) => {
        const keys = Array.from({ length: 7 }, (_, number) => keyOf(`image ${number}`));
        for (const key of keys) await commit(ledger, { image: recordOf(key) });
        const changed = keys[2] ?? keyOf("none");
        await commit(ledger, { image: recordOf(changed, { version: 2 }) });
        const listed = await allPages(ledger, { limit: 3 });
        expect(listed.map(({ key }) => key.digest)).toEqual(
          [changed, ...keys.filter((key) => key !== changed).toReversed()].map(({ digest }) => digest),
        );
      }));

    test("a page that holds the rest has no next", () =>
      withStore(async ({ ledger }) => {
        for (const name of ["a", "b", "c"]) await commit(ledger, { image: recordOf(keyOf(name)) });
        expect((await ledger.images({ limit: 3 })).next).toBeUndefined();
        expect((await ledger.images({ limit: 2 })).next).toBeDefined();
      }));

    const shop = parseRepository("shop/api");
    const queries: readonly (readonly [string, Omit<ImageQuery, "limit">, readonly string[]])[] = [
      ["verdict", { verdict: "violating" }, ["bad", "held"]],
      ["held", { held: true }, ["held"]],
      ["not held", { held: false }, ["bad", "good", "new", "elsewhere"]],
      ["repository", { repository: shop }, ["held", "bad", "good"]],
      ["repository in one registry", { repository: shop, registry: parseRegistryHost("registry.example:5000") }, ["held", "bad", "good"]],
      ["registry", { registry: parseRegistryHost("other.example") }, ["elsewhere"]],
      ["digest", { digest: digestOf("bad") }, ["bad"]],
      ["all words, in any case", { words: ["SHOP", "stable"] }, ["good"]],
      ["the beginning of a digest", { words: [digestOf("new").slice(7, 19)] }, ["new"]],
      ["words that no image has together", { words: ["tools", "stable"] }, []],
      ["a word with the signs of a pattern", { words: ["%"] }, []],
      ["a tag, exactly as it is", { tag: parseTag("Stable") }, ["good"]],
      ["a tag that is a part of others", { tag: parseTag("1") }, []],
      ["several filters", { verdict: "violating", held: false, words: ["api"] }, ["bad"]],
    ];
    test.each(queries)("filter by %s", (_, query, expected) =>
      withStore(async ({ ledger }) => {
        const records: Readonly<Record<string, ImageRecord>> = {
          elsewhere: recordOf(keyOf("elsewhere", "team/app", "other.example")),
          new: withoutVerdict(recordOf(keyOf("new", "tools/lint"))),
          good: recordOf(keyOf("good"), { tags: [parseTag("1.0"), parseTag("Stable")] }),
          bad: recordOf(keyOf("bad"), { verdict: verdictOf("violating") }),
          held: recordOf(keyOf("held"), {
            verdict: verdictOf("violating"),
            hold: { kind: "held", since: NOW, actionId: "hold:x", strength: "hidden" },
          }),
        };
        for (const image of Object.values(records)) await commit(ledger, { image });
        const { items } = await ledger.images({ ...query, limit: 50 });
        const names = new Map(Object.entries(records).map(([name, { key }]) => [key.digest, name]));
        expect(new Set(items.map(({ key }) => names.get(key.digest)))).toEqual(new Set(expected));
      }),
    );

    test("counts follow each change of verdict and hold", () =>
      withStore(async ({ ledger }) => {
        const key = keyOf("a");
        const hold = { kind: "held", since: NOW, actionId: "hold:x", strength: "hidden" } as const;
        const none = { compliant: 0, violating: 0, indeterminate: 0 };
        expect(await ledger.counts()).toEqual({ images: 0, held: 0, verdicts: none });
        await commit(ledger, { image: withoutVerdict(recordOf(key)) });
        expect(await ledger.counts()).toEqual({ images: 1, held: 0, verdicts: none });
        await commit(ledger, { image: recordOf(key, { version: 2, verdict: verdictOf("violating"), hold }) });
        expect(await ledger.counts()).toEqual({ images: 1, held: 1, verdicts: { ...none, violating: 1 } });
        await commit(ledger, { image: recordOf(key, { version: 3, verdict: verdictOf("violating"), hold }) });
        await commit(ledger, { image: recordOf(keyOf("b")) });
        await commit(ledger, { image: recordOf(key, { version: 4, verdict: verdictOf("indeterminate") }) });
        expect(await ledger.counts()).toEqual({ images: 2, held: 0, verdicts: { compliant: 1, violating: 0, indeterminate: 1 } });
      }));
  });

  describe("journal", () => {
    test("entries come in the order of their commits, each chain whole and signed", () =>
      withStore(async ({ ledger }) => {
        const events = await tellStory(ledger);
        const entries = await ledger.journal(0, 100);
        expect(entries.map(({ event }) => event)).toEqual(events);
        expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map(({ sequence }) => sequence).toSorted((a, b) => a - b));
        expect(verifyChain(entries, await headsOf(ledger), verifySignature)).toEqual([]);
      }));

    test("an event that is told twice is kept once", () =>
      withStore(async ({ ledger }) => {
        const event = parked({ work: "a", why: "tried 12 times", at: NOW });
        await Promise.all([ledger.append([event, event]), ledger.append([event])]);
        await ledger.append([event]);
        expect(await ledger.journal(0, 10)).toHaveLength(1);
        expect(verifyChain(await ledger.journal(0, 10), await headsOf(ledger), verifySignature)).toEqual([]);
      }));

    test("a page follows the number it was asked for, and a chain comes alone", () =>
      withStore(async ({ ledger }) => {
        await tellStory(ledger);
        const entries = await ledger.journal(0, 100);
        const [first, second] = entries;
        expect(await ledger.journal(first?.sequence ?? 0, 1)).toEqual([second]);
        expect(await ledger.journal(entries.at(-1)?.sequence ?? 0, 10)).toEqual([]);
        const chain = chainOf(present(entries[0]).event);
        expect(await ledger.journal(0, 100, chain)).toEqual(entries.filter((entry) => entry.chain === chain));
        expect(await ledger.journal(first?.sequence ?? 0, 100, chain)).toEqual(entries.slice(1).filter((entry) => entry.chain === chain));
      }));

    test("the last entries come newest first, page by page", () =>
      withStore(async ({ ledger }) => {
        await tellStory(ledger);
        const newest = (await ledger.journal(0, 100)).toReversed();
        expect(await ledger.recent({ limit: 2 })).toEqual(newest.slice(0, 2));
        expect(await ledger.recent({ limit: 100, before: newest[1]?.sequence ?? 0 })).toEqual(newest.slice(2));
        expect(await ledger.recent({ limit: 100, chain: "gate" })).toEqual(newest.filter(({ chain }) => chain === "gate"));
      }));

    test("heads come in chain order, each naming the end of its chain", () =>
      withStore(async ({ ledger }) => {
        await tellStory(ledger);
        const entries = await ledger.journal(0, 100);
        const heads = await headsOf(ledger);
        expect(heads.map(({ chain }) => chain)).toEqual([...new Set(entries.map(({ chain }) => chain))].sort());
        for (const head of heads) {
          const end: JournalEntry | undefined = entries.findLast(({ chain }) => chain === head.chain);
          expect(head).toMatchObject({ index: end?.index, hash: end?.hash });
          expect(await ledger.head(head.chain)).toEqual(head);
        }
        expect(await ledger.head("nothing")).toBeUndefined();
      }));
  });
}

function commit(ledger: Ledger, step: Partial<LedgerStep> & Pick<LedgerStep, "image">): Promise<"committed" | "conflict"> {
  return ledger.commit({ intents: [], outcomes: [], journal: [], ...step });
}

function withoutVerdict(record: ImageRecord): ImageRecord {
  const { verdict: _, ...rest } = record;
  return rest;
}

function occasion(image: ImageRecord): Occasion {
  return { image: image.key, tags: image.tags, at: NOW, correlationId: correlationOf(image.key, image.version) };
}

/** Two images, each judged, one held, and something that concerns no image in between. */
async function tellStory(ledger: Ledger): Promise<readonly AuditEvent[]> {
  const told: AuditEvent[] = [];
  for (const name of ["a", "b"]) {
    const image = recordOf(keyOf(name), { verdict: verdictOf("violating") });
    const action = actionOf(image.key);
    const outcome = { kind: "applied", at: at(5), strength: "hidden", notes: [] } as const;
    const verdict = verdictOf("violating");
    const intent = [judged(occasion(image), { verdict, previous: undefined, origin: "event" }), planned(occasion(image), action)];
    const done = [acted(occasion(image), action, outcome)];
    const aside = [parked({ work: `scan of ${name}`, why: "the scanner is away", at: at(told.length) })];
    await commit(ledger, { image, intents: [action], journal: intent });
    await ledger.append(aside);
    await commit(ledger, { image: { ...image, version: 2 }, outcomes: [{ actionId: action.id, outcome }], journal: done });
    told.push(...intent, ...aside, ...done);
  }
  return told;
}

async function headsOf(ledger: Ledger): Promise<readonly SignedHead[]> {
  return Array.fromAsync(ledger.heads());
}

async function allPages(ledger: Ledger, query: ImageQuery): Promise<readonly ImageRecord[]> {
  const items: ImageRecord[] = [];
  for (let after: string | undefined; ; ) {
    const page = await ledger.images({ ...query, ...(after === undefined ? {} : { after }) });
    items.push(...page.items);
    if (page.next === undefined) return items;
    after = page.next;
  }
}
