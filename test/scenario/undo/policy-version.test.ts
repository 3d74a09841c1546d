import { afterEach, expect, test } from "vitest";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import type { Undo, UndoPlan, UndoScope } from "../../../shared/domain/undo.ts";
import { doWork } from "../../../shared/pipeline/do-work.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { planned, undone } from "../../fakes/undoing.ts";
import { present } from "../../fixtures/present.ts";

const DRY = SIGNED_POLICY.replace("mode: enforce", "mode: dry-run");
const ANN = { name: "ann", reason: "the rule was a mistake" };
const BOB = { name: "bob", reason: "decided since" };
const REPOSITORIES = ["shop/api", "shop/web", "tools/build", "tools/lint"];

let gate: SmallGate;
/** Digests whose copies in quarantine somebody has deleted. */
const deleted = new Set<string>();
afterEach(async () => {
  deleted.clear();
  await gate.stop();
});

/** Images that were there before, and that a wrong policy holds. */
async function wronglyHeld(
  count: number,
): Promise<{ readonly keys: readonly ImageKey[]; readonly scope: UndoScope & { readonly kind: "policy" } }> {
  gate = await startSmallGate(DRY, "off", {
    around: async (request, next) => {
      const [, digest = ""] = /\/v2\/quarantine\/.+\/manifests\/(sha256:[0-9a-f]+)$/.exec(new URL(request.url).pathname) ?? [];
      return deleted.has(digest) ? new Response("", { status: 404 }) : next(request);
    },
  });
  const keys: ImageKey[] = [];
  for (let number = 0; number < count; number += 1)
    keys.push(await gate.push(REPOSITORIES[number % REPOSITORIES.length] ?? "", `1.${number}`, imageNamed(`image ${number}`)));
  await gate.drain();
  await gate.changePolicy(SIGNED_POLICY);
  await gate.drain();
  for (const key of keys) expect((await gate.record(key)).hold.kind).toBe("held");
  return { keys, scope: { kind: "policy", policy: gate.gate.deps.policy().policy.id.version } };
}

async function isServed(key: ImageKey): Promise<boolean> {
  return (await pull(gate, key.repository, key.digest)) !== undefined;
}

function codesOf({ left }: UndoPlan | Undo): Readonly<Record<string, string>> {
  return Object.fromEntries(left.map(({ image, code }) => [image.digest, code]));
}

test("a policy that held twenty images wrongly is taken back whole: what can come back does, and each that cannot or was decided otherwise since is named", async () => {
  const { keys, scope } = await wronglyHeld(20);
  const [moved, lost, released, keptHeld] = [0, 1, 2, 3].map((number) => present(keys[number])) as [ImageKey, ImageKey, ImageKey, ImageKey];
  const plain = keys.slice(4);
  const other = imageNamed("another under the same tag");
  await gate.attach(moved.repository, signImage(gate.key, other.manifest, "2026-01-01T00:00:00Z"));
  await gate.push(moved.repository, "1.0", other);
  await gate.gate.operator.release({ image: released, actor: BOB });
  await gate.gate.operator.hold({ image: keptHeld, actor: BOB });
  await gate.drain();
  deleted.add(lost.digest);

  const plan = await planned(gate, { ...scope, policy: scope.policy.slice(0, 6) }, ANN);
  expect(plan.scope).toEqual(scope);
  expect(codesOf(plan)).toEqual({ [lost.digest]: "copy-gone", [released.digest]: "taken-back", [keptHeld.digest]: "decided-since" });
  expect(plan.steps).toHaveLength(17);
  const noted = plan.steps.filter(({ notes }) => notes.length > 0);
  expect(noted.map(({ image }) => image)).toEqual([moved]);
  expect(plan.remarks).toHaveLength(2);

  const undo = await undone(gate, scope, ANN);
  expect(undo.steps.map(({ result }) => result?.kind)).toEqual(undo.steps.map(() => "done"));
  expect(codesOf(undo)).toEqual(codesOf(plan));
  for (const key of [moved, released, ...plain]) expect(await isServed(key)).toBe(true);
  for (const key of [released, ...plain]) expect(await pull(gate, key.repository, `1.${keys.indexOf(key)}`)).toBeDefined();
  for (const key of [lost, keptHeld]) expect(await isServed(key)).toBe(false);

  // The tag that was moved stays with the image that has it, which the step, the journal and the action say.
  expect(await pull(gate, moved.repository, "1.0")).toEqual(new Uint8Array(other.manifest.bytes));
  const [act] = await gate.store.ledger.actions(moved);
  const result = undo.steps.find(({ image }) => image.digest === moved.digest)?.result;
  expect(result).toMatchObject({ kind: "done", notes: [expect.stringContaining("tag 1.0")] });
  expect(act?.outcome).toMatchObject({ kind: "applied", notes: [expect.stringContaining("tag 1.0")] });
  const told = (await gate.store.ledger.journal(0, 1_000)).map(({ event }) => event);
  expect(told).toContainEqual(expect.objectContaining({ kind: "acted", action: act?.action, outcome: act?.outcome }));
  expect(told.filter(({ kind }) => kind === "undo")).toMatchObject([
    {
      state: "begun",
      undo: undo.id,
      scope: `policy ${scope.policy}`,
      plan: plan.hash,
      actor: ANN,
      counts: { steps: 17, done: 0, notTakenBack: 3 },
    },
    { state: "ended", undo: undo.id, actor: ANN, counts: { steps: 17, done: 17, failed: 0, left: 0, notTakenBack: 3 } },
  ]);

  // The policy leaves them free; taken back as a whole, they are held again.
  await gate.gate.operator.sweep();
  await gate.drain();
  for (const key of plain) expect(await isServed(key)).toBe(true);
  const back = await undone(gate, { kind: "run", run: undo.id }, ANN);
  expect(back.steps).toHaveLength(17);
  for (const key of [moved, ...plain]) expect(await isServed(key)).toBe(false);
}, 120_000);

test("what somebody changes after the undo began is left as it is, and the rest goes on", async () => {
  const { keys, scope } = await wronglyHeld(12);
  const last = present(keys[0]);
  const { hash } = await planned(gate, scope, ANN);
  const begun = await gate.gate.operator.undo({ scope, actor: ANN, plan: hash });
  if (begun.kind !== "begun") throw new Error(begun.kind);
  expect(begun.undo).not.toHaveProperty("endedAt");
  await gate.gate.operator.hold({ image: last, actor: BOB });
  await gate.drain();
  const undo = present(await gate.gate.operator.findUndo(begun.undo.id));
  expect(undo.steps.filter(({ result }) => result?.kind === "left").map(({ image }) => image)).toEqual([last]);
  expect(undo.endedAt).toBeDefined();
  for (const key of keys) expect(await isServed(key)).toBe(key !== last);
}, 60_000);

test("a crash before or after any write is mended by what comes next: each image comes back once, and the undo ends", async () => {
  const { keys, scope } = await wronglyHeld(12);
  const { hash } = await planned(gate, scope, ANN);
  const begun = await gate.gate.operator.undo({ scope, actor: ANN, plan: hash });
  if (begun.kind !== "begun") throw new Error(begun.kind);
  const { deps } = gate.gate;
  let cuts = 0;
  const cut = <Given extends readonly unknown[], T>(work: (...given: Given) => Promise<T>, at: number, isAfter: boolean) => {
    let calls = 0;
    return async (...given: Given): Promise<T> => {
      calls += 1;
      if (calls !== at) return work(...given);
      if (isAfter) await work(...given);
      cuts += 1;
      throw new Error("cut off");
    };
  };
  const crashing = [1, 2].flatMap((at) =>
    [true, false].flatMap((isAfter) => [
      { ...deps, ledger: { ...deps.ledger, commit: cut(deps.ledger.commit, at, isAfter) } },
      { ...deps, ledger: { ...deps.ledger, append: cut(deps.ledger.append, at, isAfter) } },
      { ...deps, undos: { ...deps.undos, settle: cut(deps.undos.settle, at, isAfter) } },
      { ...deps, queue: { ...deps.queue, put: cut(deps.queue.put, at, isAfter) } },
    ]),
  );
  for (const broken of crashing) {
    const [job] = await deps.queue.claim(1, deps.clock.now(), 1_000);
    if (job === undefined) break;
    await doWork(broken, job, { queuedAt: job.queuedAt, now: deps.clock.now() }).catch(() => undefined);
    // The lease of whoever died runs out.
    gate.pass(2_000);
  }
  expect(cuts).toBeGreaterThan(5);
  await gate.gate.operator.sweep();
  await gate.drain();
  const undo = present(await gate.gate.operator.findUndo(begun.undo.id));
  expect(undo.endedAt).toBeDefined();
  expect(undo.steps.map(({ result }) => result?.kind)).toEqual(undo.steps.map(() => "done"));
  const told = (await gate.store.ledger.journal(0, 1_000)).map(({ event }) => event).filter((event) => event.kind === "undo");
  expect(told.map(({ state }) => state)).toEqual(["begun", "ended"]);
  for (const key of keys) {
    expect(await isServed(key)).toBe(true);
    expect((await gate.store.ledger.actions(key)).map(({ action }) => action.verb)).toEqual(["release", "hold"]);
  }
}, 60_000);
