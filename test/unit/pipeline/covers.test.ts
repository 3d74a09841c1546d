import { expect, test } from "vitest";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import { covers, type JudgeWork, judgeWork } from "../../../shared/pipeline/work.ts";
import { at, keyOf } from "../../fixtures/records.ts";

const key = keyOf("image");
const work = (more: Partial<JudgeWork> = {}) => judgeWork({ ...key, origin: "event", ...more }, at(0));
const v1 = parseTag("v1");
const named = (actor: string, more: Partial<JudgeWork> = {}) => ({ ...work({ actor, ...more }), key: `${work(more).key} by ${actor}` });

test("who knows the tag that another event leaves out does its work, too", () => {
  expect(covers(work({ tag: v1 }), work())).toBe(true);
  expect(covers(named("ci", { tag: v1 }), named("ci"))).toBe(true);
});

test("nothing that an event says is lost to one that does not say it", () => {
  expect(covers(work(), work({ tag: v1 }))).toBe(false);
  expect(covers(work({ tag: parseTag("v2") }), work({ tag: v1 }))).toBe(false);
  expect(covers(work({ tag: v1 }), named("ci"))).toBe(false);
  expect(covers(named("ci"), named("somebody"))).toBe(false);
  expect(covers(work(), work())).toBe(false);
});

test("who only says a name looks at nothing for others", () => {
  expect(covers(named("ci"), work())).toBe(false);
  expect(covers(named("ci", { tag: v1 }), work())).toBe(false);
});

test("what is more than a hint is done by itself, and so is what is of another place", () => {
  const more = work({ tag: v1 });
  const others: readonly Partial<JudgeWork>[] = [
    { isDeletion: true },
    { run: "sweep-1" },
    { isRecheck: true },
    { predatesGate: true },
    { origin: "operator" },
    { by: { actor: "ci", isDeletion: false } },
    { hold: { actor: { name: "ann", reason: "now" }, at: at(0), inUse: false } },
    { inQuarantine: true },
    { digest: keyOf("other").digest },
    { repository: keyOf("image", "shop/web").repository },
  ];
  for (const other of others) {
    expect(covers(more, work(other)), JSON.stringify(other)).toBe(false);
    expect(covers(work({ tag: v1, ...other }), work()), JSON.stringify(other)).toBe(false);
  }
});
