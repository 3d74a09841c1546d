import type { Actor } from "../../shared/domain/action.ts";
import type { Undo, UndoPlan, UndoScope } from "../../shared/domain/undo.ts";
import { present } from "../fixtures/present.ts";
import type { SmallGate } from "./small-gate.ts";

/** What the gate would do. */
export async function planned({ gate }: SmallGate, scope: UndoScope, actor: Actor): Promise<UndoPlan> {
  const plan = await gate.operator.undo({ scope, actor });
  if (plan.kind !== "plan") throw new Error(`${plan.kind}: ${"why" in plan ? plan.why : ""}`);
  return plan;
}

/** Agrees to the plan that is shown, and lets the gate work until nothing is left to do. */
export async function undone(small: SmallGate, scope: UndoScope, actor: Actor): Promise<Undo> {
  const { hash } = await planned(small, scope, actor);
  const begun = await small.gate.operator.undo({ scope, actor, plan: hash });
  if (begun.kind !== "begun") throw new Error(`${begun.kind}: ${"why" in begun ? begun.why : ""}`);
  await small.drain();
  return present(await small.gate.operator.findUndo(begun.undo.id));
}
