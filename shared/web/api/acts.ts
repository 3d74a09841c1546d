import * as z from "zod";
import type { Actor } from "../../domain/action.ts";
import { parseImageRef, parseTag, type Tag } from "../../domain/image-ref.ts";
import type { Operated, Preview, Promoted } from "../../ports/operator.ts";
import type { AccessToken } from "../access.ts";
import { type Problem, problem } from "../problem.ts";
import { type Answer, jsonBody, ok, type Route, route } from "./route.ts";
import { ImageRequest } from "./schema.ts";
import { Acted, type Done, type Plan } from "./schema-acted.ts";
import { PromoteRequest, Promotion } from "./schema-promotion.ts";
import { actionView, barredView, imageView } from "./view.ts";

export const actRoutes: readonly Route[] = [
  imageAct("hold", "Hold an image: nothing can pull it, its bytes are kept."),
  imageAct("release", "Release an image: put back byte for byte what the hold moved."),
  route({
    method: "post",
    path: "/api/v1/promote",
    id: "promote",
    summary: "Point a release tag at an image, where that complies: judged anew, with the tag.",
    role: "operator",
    params: z.object({}),
    query: z.strictObject({}),
    body: jsonBody(PromoteRequest),
    answer: Promotion,
    refusals: [404, 409, 502],
    run: async ({ deps, token }, { body }) => {
      const to = parseTag(body.to);
      const actor = actorOf(token, { ...body, reason: body.reason ?? `promoted to ${to}` });
      const dryRun = body.dryRun ?? false;
      return promotionOf(await deps.operator.promote({ image: parseImageRef(body.image), to, actor, dryRun }), to, dryRun);
    },
  }),
];

function imageAct(verb: "hold" | "release", summary: string): Route {
  return route({
    method: "post",
    path: `/api/v1/${verb}`,
    id: verb,
    summary,
    role: "operator",
    params: z.object({}),
    query: z.strictObject({}),
    body: jsonBody(ImageRequest),
    answer: Acted,
    refusals: [404, 409, 502],
    run: async ({ deps, token }, { body }) => {
      const request = { image: parseImageRef(body.image), actor: actorOf(token, body), dryRun: body.dryRun ?? false };
      return answerOf(verb, await deps.operator[verb](request));
    },
  });
}

/**
 * The token's person, whatever the request claims. The shared token is nobody in particular: who says to use it is told with the reason. Of a plan
 * nothing is written down: it may be asked for without one.
 */
export function actorOf(
  { name, isShared }: AccessToken,
  { actor, reason = "" }: { readonly actor?: string | undefined; readonly reason?: string | undefined },
): Actor {
  return { name, reason: isShared === true && actor !== undefined ? `${reason} (says to be ${actor})` : reason };
}

/** Only a question is answered with what bars it: an act that was not done is no success. */
function promotionOf(promoted: Promoted, to: Tag, dryRun: boolean): Answer<z.output<typeof Promotion>> {
  if (promoted.kind === "there") return ok({ kind: "there", image: imageView(promoted.record), to });
  if (promoted.kind !== "barred") return promoted.kind === "plan" ? ok(planView(promoted)) : doneOf("promote", promoted);
  const barred = barredView(promoted.image, to, promoted.verdict);
  if (dryRun) return ok(barred);
  const reasons = barred.reasons.map(({ message }) => message);
  const why = barred.verdict === "unasked" ? "no rule is for it" : [`it is ${barred.verdict} now`, ...reasons].join("; ");
  return { kind: "problem", problem: problem("refused", TITLES.promote, sentence(why), "Ask with dryRun for all reasons and remedies.") };
}

function answerOf(verb: "hold" | "release", operated: Operated | Preview): Answer<z.output<typeof Acted>> {
  if (operated.kind === "plan") return ok(planView(operated));
  return operated.kind === "there" ? ok({ kind: "there", image: imageView(operated.record) }) : doneOf(verb, operated);
}

function planView({ action, sentences }: Preview): z.output<typeof Plan> {
  return { kind: "plan", ...(action === undefined ? {} : { action: actionView({ action }) }), sentences: [...sentences] };
}

function doneOf(verb: keyof typeof TITLES, operated: Operated): Answer<z.output<typeof Done>> {
  const refusal = refusalOf(verb, operated);
  if (refusal !== undefined || operated.kind !== "done")
    return { kind: "problem", problem: refusal ?? problem("refused", TITLES[verb], "", "") };
  return ok({ kind: "done", action: actionView(operated), image: imageView(operated.record), undo: `moorgate undo ${operated.action.id}` });
}

const TITLES = { hold: "The image was not held.", release: "The image was not released.", promote: "The image was not promoted." } as const;

/** Why nothing came of a request; `undefined` where it was done. */
export function refusalOf(verb: keyof typeof TITLES, operated: Operated): Problem | undefined {
  if (operated.kind === "there") return undefined;
  if (operated.kind !== "done") return problem(operated.kind, TITLES[verb], sentence(operated.why), sentence(operated.mend));
  const { action, outcome } = operated;
  switch (outcome.kind) {
    case "applied":
      // One tag was asked for: where it was left alone, nothing was done.
      return action.verb === "retag" && action.purpose === "promote" && outcome.tags?.length === 0
        ? problem("superseded", TITLES[verb], sentence(outcome.notes.join("; ")), "Look at the plan again.")
        : undefined;
    case "superseded":
      return problem("superseded", TITLES[verb], sentence(outcome.why), "Look at the image again.");
    case "failed":
      return problem(
        "failed",
        TITLES[verb],
        sentence(outcome.why),
        `${verb === "promote" ? "Nothing tries again" : "The gate tries again by itself"}; moorgate doctor shows what the registry allows.`,
        "The registry keeps the image's bytes; the journal has the attempt.",
      );
  }
}

export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
