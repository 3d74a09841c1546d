import type { Action } from "../domain/action.ts";
import { type Applied, DELETE, type Ended, SUCCESS } from "./ocsf-told.ts";

/** What was done for good is told as loudly as what took the image away. */
export function tellDeleted(name: string, action: Action, { notes }: Applied): Ended {
  return {
    activity: DELETE,
    code: "registry.deletion.applied",
    severity: 3,
    message: `${name} is deleted for ever: ${action.actor.reason}`,
    action: 2,
    disposition: 5,
    isAlert: false,
    status: SUCCESS,
    statusCode: "deleted",
    detail: notes.join("; "),
  };
}
