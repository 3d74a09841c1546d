import * as z from "zod";
import { printImageKey } from "../../domain/image-ref.ts";
import { parseInstant, printInstant } from "../../domain/time.ts";
import {
  countSteps,
  LEFT_KINDS,
  type LeftAction,
  printScope,
  type StepResult,
  type Undo,
  type UndoPlan,
  type UndoProgress,
  type UndoScope,
} from "../../domain/undo.ts";
import type { Undoing } from "../../ports/operator.ts";
import { type Problem, problem } from "../problem.ts";
import { actorOf, sentence } from "./acts.ts";
import { jsonBody, noBody, ok, type Route, route } from "./route.ts";
import { type LeftActionView, UndoAnswer, type UndoPlanView, UndoRequest, type UndoStepView, UndoView } from "./schema-undo.ts";

type StepJson = z.output<typeof UndoStepView>;

/** Two calls: the first answers with the plan, the second names it by its hash and begins. */
export const undoRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/api/v1/undo",
    id: "undo",
    summary: "Take back an action, a run, what a policy asked for, or everything since a time. Without `plan` nothing is changed.",
    role: "operator",
    params: z.object({}),
    query: z.strictObject({}),
    body: jsonBody(UndoRequest),
    answer: UndoAnswer,
    refusals: [400, 404, 409],
    run: async ({ deps, token }, { body }) => {
      const { plan } = body;
      const request = { scope: scopeOf(body), actor: actorOf(token, body), ...(plan === undefined ? {} : { plan }) };
      const answer = await deps.operator.undo(request);
      if (answer.kind === "plan") return ok(undoPlanView(answer));
      return answer.kind === "begun" ? ok(undoView(answer.undo)) : { kind: "problem", problem: undoRefusal(answer) };
    },
  }),
  route({
    method: "get",
    path: "/api/v1/undos/{undo}",
    id: "getUndo",
    summary: "What an undo was to do, and what became of each step.",
    role: "reader",
    params: z.object({ undo: z.string().max(100) }),
    query: z.strictObject({ brief: z.enum(["true", "false"]).optional().describe("true: the counts alone.") }),
    body: noBody,
    answer: UndoView,
    refusals: [400, 404],
    run: async ({ deps }, { params, query }) => {
      const undo = await deps.operator.findUndo(params.undo);
      if (undo === undefined)
        return {
          kind: "problem",
          problem: problem(
            "not-found",
            "The undo was not shown.",
            `No undo ${params.undo} is known.`,
            "List what was done: moorgate journal tail.",
          ),
        };
      return ok(query.brief === "true" ? { ...undoView(undo), steps: [], left: [] } : undoView(undo));
    },
  }),
];

function scopeOf({ action, run, policy, since }: z.output<typeof UndoRequest>): UndoScope {
  if (action !== undefined) return { kind: "action", action };
  if (run !== undefined) return { kind: "run", run };
  return policy === undefined ? { kind: "since", since: parseInstant(since ?? "") } : { kind: "policy", policy };
}

/** Why nothing was taken back. */
export function undoRefusal({ kind, why, mend }: Exclude<Undoing, { readonly kind: "plan" | "begun" }>): Problem {
  return problem(kind, "Nothing was undone.", sentence(why), sentence(mend));
}

function undoPlanView({ scope, hash, steps, left, remarks }: UndoPlan): z.output<typeof UndoPlanView> {
  return { kind: "plan", scope: printScope(scope), hash, steps: steps.map(stepView), left: left.map(leftView), remarks: [...remarks] };
}

function undoView(undo: Undo): z.output<typeof UndoView> {
  const { id, scope, actor, begunAt, endedAt, steps, left } = undo;
  return {
    kind: "begun",
    id,
    scope: printScope(scope),
    by: actor.name,
    reason: actor.reason,
    begunAt: printInstant(begunAt),
    ...(endedAt === undefined ? {} : { endedAt: printInstant(endedAt) }),
    counts: countSteps(undo),
    steps: steps.map(stepView),
    left: left.map(leftView),
    undo: `moorgate undo ${id}`,
  };
}

function stepView(step: UndoProgress): StepJson {
  const { image, tags, verb, takesBack, notes, result } = step;
  return {
    image: printImageKey(image),
    tags: [...tags],
    verb,
    takesBack: [...takesBack],
    ...(step.verb === "retag" ? { changes: step.changes.map((change) => ({ ...change })) } : {}),
    notes: [...notes],
    ...(result === undefined ? {} : { result: resultView(result) }),
  };
}

function resultView(result: StepResult): NonNullable<StepJson["result"]> {
  const at = printInstant(result.at);
  switch (result.kind) {
    case "done":
      return { kind: "done", at, action: result.action, notes: [...result.notes] };
    case "left":
      return { kind: "left", at, why: result.why };
    case "failed":
      return { kind: "failed", at, code: result.code, why: result.why };
  }
}

function leftView({ action, image, code, why }: LeftAction): z.output<typeof LeftActionView> {
  return { action, image: printImageKey(image), kind: LEFT_KINDS[code], code, why };
}
