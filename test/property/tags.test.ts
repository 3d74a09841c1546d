import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TagChange } from "../../shared/domain/action.ts";
import type { Digest } from "../../shared/domain/digest.ts";
import type { Retagged } from "../../shared/domain/image-record.ts";
import { parseTag, type Tag } from "../../shared/domain/image-ref.ts";
import { markOf, readMarkTemplate } from "../../shared/domain/mark.ts";
import { planTags, type TagPlan, type TagSituation } from "../../shared/enforcement/tags.ts";
import { afterRetag } from "../../shared/enforcement/tags-outcome.ts";
import { digestOf, keyOf, NOW, recordOf, retagOf, verdictOf } from "../fixtures/records.ts";

/** A registry is a map of tags; an image, its verdict, and what the policy says of tags. */
const IMAGE = keyOf("image");
const OTHERS = ["good", "older", "elsewhere"].map(digestOf);
const NAMES = ["1.0", "latest", "stable", "prod"].map((tag) => parseTag(tag));
const template = readMarkTemplate("{tag}-violating") ?? expect.fail();

type Heads = Map<Tag, Digest>;

interface World {
  readonly heads: Heads;
  retagged: Retagged | undefined;
}

const world = fc
  .record({
    own: fc.subarray(NAMES, { minLength: 1 }),
    foreign: fc.array(
      fc.tuple(fc.constantFrom(...NAMES, ...NAMES.flatMap((tag) => markOf(template, tag) ?? [])), fc.constantFrom(...OTHERS)),
      { maxLength: 3 },
    ),
    rollBack: fc.subarray(NAMES),
    hasGood: fc.boolean(),
    onViolation: fc.constantFrom("mark" as const, "warn" as const, undefined),
  })
  .map((facts) => ({ ...facts, heads: new Map([...facts.foreign, ...facts.own.map((tag) => [tag, IMAGE.digest] as const)]) as Heads }));

type Facts = Omit<Parameters<Parameters<typeof world.map>[0]>[0], "heads">;

function bearing(heads: Heads): readonly Tag[] {
  return [...heads].filter(([, digest]) => digest === IMAGE.digest).map(([tag]) => tag);
}

function plan(facts: Facts, { heads, retagged }: World, stance: TagSituation["stance"]): TagPlan {
  const tags = bearing(heads);
  const [good = IMAGE.digest] = OTHERS;
  return planTags({
    image: IMAGE.digest,
    stance,
    verdict: verdictOf(
      stance === "for" ? "compliant" : "violating",
      facts.onViolation === undefined ? {} : { onViolation: facts.onViolation },
    ),
    served: true,
    tags,
    before: retagged,
    template,
    heads,
    otherMarks: new Set(),
    rollBack: tags.filter((tag) => facts.rollBack.includes(tag)).map((tag) => ({ tag, to: facts.hasGood ? good : { why: "none" } })),
    promote: [],
  });
}

/** As a registry does it: a tag that points elsewhere than was thought is left alone. */
function act(at: World, changes: readonly TagChange[], purpose: NonNullable<TagPlan["next"]>["purpose"]): void {
  const tags: Tag[] = [];
  for (const { tag, from, to } of changes) {
    const isThere = (at.heads.get(tag) ?? "absent") === from;
    if (isThere && to === "absent") at.heads.delete(tag);
    else if (isThere && to !== "absent") at.heads.set(tag, to);
    if ((at.heads.get(tag) ?? "absent") === to) tags.push(tag);
  }
  const record = recordOf(IMAGE, { tags: bearing(at.heads), ...(at.retagged === undefined ? {} : { retagged: at.retagged }) });
  const after = afterRetag(record, retagOf(IMAGE, purpose, changes), { kind: "applied", at: NOW, strength: "advisory", notes: [], tags });
  at.retagged = after.retagged;
}

/** @returns how many steps it took until nothing more was to be done. */
function settle(facts: Facts, at: World, stance: TagSituation["stance"]): number {
  for (let steps = 0; steps < 10; steps += 1) {
    const { next, retagged } = plan(facts, at, stance);
    at.retagged = retagged;
    if (next === undefined) return steps;
    act(at, next.changes, next.purpose);
  }
  return 10;
}

describe("what is done to tags", () => {
  test("comes to its end in a few steps, and is not done again", () => {
    fc.assert(
      fc.property(world, (facts) => {
        const at: World = { heads: new Map(facts.heads), retagged: undefined };
        expect(settle(facts, at, "against")).toBeLessThanOrEqual(2);
        const settled = new Map(at.heads);
        expect(settle(facts, at, "against")).toBe(0);
        expect(at.heads).toEqual(settled);
      }),
    );
  });

  test("and taken back leaves every tag where it was, where nobody moved one", () => {
    fc.assert(
      fc.property(world, (facts) => {
        const at: World = { heads: new Map(facts.heads), retagged: undefined };
        settle(facts, at, "against");
        settle(facts, at, "for");
        expect(at.heads).toEqual(facts.heads);
        expect(at.retagged).toBeUndefined();
      }),
    );
  });

  test("and taken back leaves alone what somebody moved meanwhile", () => {
    fc.assert(
      fc.property(world, fc.constantFrom(...NAMES), fc.constantFrom(...OTHERS.slice(2)), (facts, moved, to) => {
        const at: World = { heads: new Map(facts.heads), retagged: undefined };
        settle(facts, at, "against");
        at.heads.set(moved, to);
        settle(facts, at, "for");
        expect(at.heads.get(moved)).toBe(to);
      }),
    );
  });

  test("never leaves the image without a tag", () => {
    fc.assert(
      fc.property(world, (facts) => {
        const at: World = { heads: new Map(facts.heads), retagged: undefined };
        settle(facts, at, "against");
        expect(bearing(at.heads).length).toBeGreaterThan(0);
      }),
    );
  });

  test("never leaves it without a tag between two changes either", () => {
    fc.assert(
      fc.property(world, (facts) => {
        const heads = new Map(facts.heads);
        const { next } = plan(facts, { heads, retagged: undefined }, "against");
        for (const { tag, to } of next?.changes ?? []) {
          if (to !== "absent") heads.set(tag, to);
          expect(bearing(heads).length).toBeGreaterThan(0);
        }
      }),
    );
  });

  test("fills only what a held image has left empty: a tag that somebody has given to another stays there", () => {
    const [good = IMAGE.digest, , elsewhere = IMAGE.digest] = OTHERS;
    const stable = parseTag("stable");
    const changesAt = (heads: Heads): TagPlan["next"] =>
      planTags({
        image: IMAGE.digest,
        stance: "against",
        verdict: verdictOf("violating"),
        served: false,
        tags: [stable],
        before: undefined,
        template,
        heads,
        otherMarks: new Set(),
        rollBack: [{ tag: stable, to: good }],
        promote: [],
      }).next;
    expect(changesAt(new Map())?.changes).toEqual([{ tag: stable, from: "absent", to: good }]);
    expect(changesAt(new Map([[stable, elsewhere]]))).toBeUndefined();
  });

  test("is nothing on what is not known", () => {
    fc.assert(
      fc.property(world, (facts) => {
        const at: World = { heads: new Map(facts.heads), retagged: undefined };
        expect(settle(facts, at, "as-is")).toBe(0);
      }),
    );
  });
});

describe("a mark", () => {
  test("is a tag, names its own tag alone, and is never another's", () => {
    const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/).map((text) => parseTag(text));
    fc.assert(
      fc.property(tag, tag, (one, two) => {
        const marks = [one, two].map((each) => markOf(template, each));
        expect(marks).not.toContain(undefined);
        expect(marks[0] === marks[1]).toBe(one === two);
      }),
    );
  });

  test.each(["", "{tag}", "violating", "{tag}{tag}-x", "{tag} bad", "-{tag}", `{tag}${"x".repeat(65)}`])(
    "cannot be named by %j",
    (text) => {
      expect(readMarkTemplate(text)).toBeUndefined();
    },
  );
});
