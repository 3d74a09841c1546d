import * as z from "zod";
import { printProtected } from "../../domain/brake.ts";
import { printImageKey } from "../../domain/image-ref.ts";
import type { BrakeStatus } from "../../ports/operator.ts";
import { haltedView } from "./halt.ts";
import { noBody, ok, type Route, route } from "./route.ts";
import { runView } from "./runs.ts";
import { BrakeView } from "./schema-brake.ts";

export const brakeRoute: Route = route({
  method: "get",
  path: "/api/v1/brake",
  id: "brake",
  summary: "What keeps the gate from holding too much: limits, switch, holds of this hour, and the runs that wait for an answer.",
  role: "reader",
  params: z.object({}),
  query: z.strictObject({}),
  body: noBody,
  answer: BrakeView,
  refusals: [],
  run: async ({ deps }) => ok(brakeView(await deps.operator.brake())),
});

function brakeView({ limits, halt, heldInHour, untold, waiting }: BrakeStatus): z.output<typeof BrakeView> {
  return {
    ...(limits === "off" ? {} : { limits: limitsView(limits) }),
    ...(halt.kind === "going" ? {} : { halted: haltedView(halt) }),
    heldInHour,
    untold: [...untold],
    waiting: waiting.map(({ run, images, uses }) => ({
      run: runView(run),
      images: images.map(({ key, tags, use }) => ({ image: printImageKey(key), tags: [...tags], use })),
      uses: { ...uses },
    })),
  };
}

function limitsView({
  pulledWithin,
  protected: patterns,
  ...limits
}: Exclude<BrakeStatus["limits"], "off">): NonNullable<z.output<typeof BrakeView>["limits"]> {
  return { ...limits, ...(pulledWithin === "off" ? {} : { pulledWithin }), protected: patterns.map(printProtected) };
}
