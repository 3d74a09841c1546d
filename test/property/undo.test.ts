import fc from "fast-check";
import { expect, test } from "vitest";
import type { MoveVerb, Outcome } from "../../shared/domain/action.ts";
import type { ImageRecord, Override, StoredAction } from "../../shared/domain/image-record.ts";
import { planHash } from "../../shared/domain/undo.ts";
import { type ImageHistory, planUndo } from "../../shared/enforcement/undo.ts";
import { actionOf, keyOf, NOW, recordOf } from "../fixtures/records.ts";

interface Given {
  readonly verb: MoveVerb;
  readonly outcome: "applied" | "failed" | "superseded" | "open";
  readonly isSelected: boolean;
}

const given = fc.record<Given>({
  verb: fc.constantFrom("hold", "release"),
  outcome: fc.constantFrom("applied", "applied", "applied", "failed", "superseded", "open"),
  isSelected: fc.boolean(),
});
const image = fc.record({
  actions: fc.array(given, { maxLength: 6 }),
  presence: fc.constantFrom<ImageRecord["presence"]>("present", "present", "gone"),
  children: fc.array(fc.nat({ max: 7 }), { maxLength: 3 }),
  override: fc.constantFrom<Override["kind"] | "none">("none", "none", "hold", "release"),
});
const world = fc.array(image, { minLength: 1, maxLength: 8 });
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function outcomeOf(kind: Given["outcome"]): Outcome | undefined {
  if (kind === "open") return undefined;
  if (kind === "applied") return { kind, at: NOW, strength: "hidden", notes: [] };
  return kind === "failed" ? { kind, at: NOW, code: "x", why: "x" } : { kind, at: NOW, why: "x" };
}

/** Indexes name only images after them in the list: no digest can be part of what it names. */
function historiesOf(images: World): readonly ImageHistory[] {
  return images.map(({ actions, presence, children, override }, number) => {
    const key = keyOf(`image ${number}`);
    const stored = actions.map(({ verb, outcome }, place): StoredAction => {
      const ended = outcomeOf(outcome);
      return { action: actionOf(key, verb, place + 1), ...(ended === undefined ? {} : { outcome: ended }) };
    });
    const last = stored.findLast(({ outcome }) => outcome?.kind === "applied");
    const record = recordOf(key, {
      presence,
      children: children.filter((child) => child > number && child < images.length).map((child) => keyOf(`image ${child}`).digest),
      generation: actions.length,
      hold:
        last?.action.verb === "hold" && presence === "present"
          ? { kind: "held", since: NOW, actionId: last.action.id, strength: "hidden" }
          : { kind: "free" },
      ...(override === "none" ? {} : { override: overrideOf(override) }),
    });
    return { image: key, record, actions: stored.toReversed() };
  });
}

function overrideOf(kind: Override["kind"]): Override {
  const actor = { name: "bob", reason: "since" };
  return kind === "hold" ? { kind, actor, at: NOW } : { kind, actor, at: NOW, forReasons: [] };
}

function selectedOf(images: World, histories: readonly ImageHistory[]): ReadonlySet<string> {
  const ids = histories.flatMap(({ actions }, number) =>
    actions.toReversed().flatMap(({ action }, place) => (images[number]?.actions[place]?.isSelected === true ? [action.id] : [])),
  );
  return new Set(ids);
}

function plan(
  images: World,
): ReturnType<typeof planUndo> & { readonly histories: readonly ImageHistory[]; readonly selected: ReadonlySet<string> } {
  const histories = historiesOf(images);
  const selected = selectedOf(images, histories);
  return { ...planUndo(histories, selected), histories, selected };
}

test("each selected action is either taken back or named with the reason why not: none is skipped, none is named twice, no other is touched", () => {
  fc.assert(
    fc.property(world, (images) => {
      const { steps, left, selected } = plan(images);
      const named = [...steps.flatMap(({ takesBack }) => takesBack), ...left.map(({ action }) => action)];
      expect(named.toSorted()).toEqual([...selected].toSorted());
    }),
    { numRuns: 500 },
  );
});

test("an image has at most one step, which changes what it is, and only where nothing that stays came after", () => {
  fc.assert(
    fc.property(world, (images) => {
      const { steps, histories, selected } = plan(images);
      expect(new Set(steps.map(({ image: { digest } }) => digest)).size).toBe(steps.length);
      for (const step of steps) {
        const history = histories.find(({ image: { digest } }) => digest === step.image.digest);
        expect(history?.record?.presence).toBe("present");
        expect(history?.record?.hold.kind === "held").toBe(step.verb === "release");
        const newest = history?.actions.find(({ outcome }) => outcome === undefined || outcome.kind === "applied");
        expect(newest?.outcome?.kind).toBe("applied");
        expect(selected.has(newest?.action.id ?? "")).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test("children come back before the indexes that name them, and go after them; releases are first", () => {
  fc.assert(
    fc.property(world, (images) => {
      const { steps, histories } = plan(images);
      const place = new Map(steps.map(({ image: { digest } }, number) => [digest, number]));
      const verbs = steps.map(({ verb }) => verb);
      expect(verbs).toEqual([...verbs.filter((verb) => verb === "release"), ...verbs.filter((verb) => verb === "hold")]);
      for (const { record } of histories)
        for (const child of record?.children ?? []) {
          const [parentAt, childAt] = [place.get(record?.key.digest ?? child), place.get(child)];
          if (parentAt === undefined || childAt === undefined || verbs[parentAt] !== verbs[childAt]) continue;
          expect(childAt < parentAt).toBe(verbs[parentAt] === "release");
        }
    }),
    { numRuns: 500 },
  );
});

test("what a person decided since by hand stands", () => {
  fc.assert(
    fc.property(world, (images) => {
      const { steps, histories } = plan(images);
      for (const step of steps) {
        const override = histories.find(({ image: { digest } }) => digest === step.image.digest)?.record?.override;
        expect([undefined, step.verb]).toContain(override?.kind);
      }
    }),
    { numRuns: 500 },
  );
});

test("the hash of a plan is another for each world in which something else would be done", () => {
  const scope = { kind: "run", run: "policy-1" } as const;
  const some = fc.oneof({ arbitrary: world, weight: 1 }, { arbitrary: world.map((images) => images.slice(0, 1)), weight: 3 });
  fc.assert(
    // Mostly of one image each: those of many hardly ever differ in one thing alone.
    fc.property(some, some, (one, other) => {
      const [first, second] = [plan(one), plan(other)];
      const hashes = [first, second].map(({ steps, left }) => planHash(scope, steps, left));
      // In other words what is left is the same.
      const listed = [first, second].map(({ steps, left }) => JSON.stringify([steps, left.map(({ action, code }) => [action, code])]));
      expect(new Set(hashes).size).toBe(new Set(listed).size);
      expect(planHash(scope, first.steps, first.left)).not.toBe(planHash({ kind: "run", run: "policy-2" }, first.steps, first.left));
    }),
    { numRuns: 500 },
  );
});
