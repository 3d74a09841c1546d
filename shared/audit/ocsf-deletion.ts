import type { Action } from "../domain/action.ts";
import { printImageKey } from "../domain/image-ref.ts";
import { PRODUCT } from "./ocsf-event.ts";
import { type ImageEvent, printImage } from "./ocsf-resource.ts";
import { type Applied, DELETE, type Ended, OTHER, SUCCESS, type Told } from "./ocsf-told.ts";

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

/** Nothing was done, and somebody may wait for it. */
export function tellKept({ image, tags, dueAt, by, why }: Extract<ImageEvent, { readonly kind: "kept" }>): Told {
  return {
    code: "registry.deletion.kept",
    severity: 1,
    message: `${printImage(image, tags)} was to be deleted for ever, and is kept: ${why}`,
    operation: "delete",
    requestId: printImageKey(image),
    actor: { app_name: PRODUCT },
    action: 3,
    disposition: 17,
    isAlert: false,
    status: OTHER,
    statusName: "Kept",
    statusCode: `kept-${by}`,
    detail: why,
    own: { by, dueAt },
  };
}
