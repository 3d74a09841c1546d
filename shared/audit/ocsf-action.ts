import type { Action } from "../domain/action.ts";
import { type Fields, PRODUCT, short } from "./ocsf-event.ts";
import type { ImageEvent } from "./ocsf-resource.ts";
import { ofRetag } from "./ocsf-retag.ts";
import { labelled, USER_TYPE } from "./ocsf-tables.ts";
import type { Told } from "./ocsf-told.ts";

/** What all events of an action say of it: what, who, and what asked for it. */
export function ofAction(event: ImageEvent, action: Action): Pick<Told, "operation" | "requestId" | "actor" | "own"> {
  return {
    operation: action.verb,
    requestId: action.id,
    actor: actorOf(action),
    own: {
      verb: action.verb,
      generation: action.generation,
      reason: short(action.actor.reason),
      origin: event.kind,
      ...ofCause(action),
      ...ofRetag(action),
    },
  };
}

/** What joins an act to its run, its emergency or its undo. */
function ofCause({ cause: { run, policy, undoes } }: Action): Fields {
  return {
    ...(run === undefined ? {} : { run }),
    ...(policy === undefined ? {} : { policy }),
    ...(undoes === undefined ? {} : { undoes: [...undoes] }),
  };
}

function actorOf({ actor }: Action): Fields {
  const isGate = actor.name === PRODUCT;
  return { app_name: PRODUCT, user: { name: actor.name, ...labelled("type", USER_TYPE, isGate ? 4 : 1) } };
}
