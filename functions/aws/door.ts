import middy, { type MiddyfiedHandler } from "@middy/core";
import type { Context } from "aws-lambda";
import { type Turn, turnOf } from "./turn.ts";

/** So long before Lambda would kill the function, a call that did not heed its turn fails by itself: then the log says so. */
const LAST_MS = 500;

/** A door: what was woken, with the time that it has. */
export function door<Event, Result>(work: (event: Event, turn: Turn) => Promise<Result>): MiddyfiedHandler<Event, Result, Error, Context> {
  return middy<Event, Result>({ timeoutEarlyInMillis: LAST_MS }).handler(async (event: Event, context: Context) => {
    const turn = turnOf(context);
    try {
      return await work(event, turn);
    } finally {
      turn.end();
    }
  });
}
