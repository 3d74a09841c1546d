import { randomUUID } from "node:crypto";
import type { Digest } from "../../../shared/domain/digest.ts";
import type { Repository, Tag } from "../../../shared/domain/image-ref.ts";
import type { Call, RegistryContext } from "./context.ts";
import type { NotificationEvent, NotificationTarget } from "./envelope.ts";

export type Happening =
  | {
      readonly action: "push" | "pull";
      readonly repository: Repository;
      readonly digest: Digest;
      readonly mediaType: string;
      readonly size: number;
      readonly tag?: Tag;
    }
  | { readonly action: "delete"; readonly repository: Repository; readonly digest: Digest }
  | { readonly action: "delete"; readonly repository: Repository; readonly tag: Tag };

/**
 * Tells what happened before the client has its answer, as distribution does. What the hearer does with it is the hearer's matter: its
 * fault never fails the push, for what an event did not tell is found by the sweep.
 */
export async function tell(context: RegistryContext, call: Call, happenings: readonly Happening[]): Promise<void> {
  try {
    await context.notify({ events: happenings.map((happening) => eventOf(context, call, happening)) });
  } catch {
    // The hearer reports its own faults.
  }
}

function eventOf(context: RegistryContext, call: Call, happening: Happening): NotificationEvent {
  return {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action: happening.action,
    target: targetOf(call, happening),
    request: {
      id: randomUUID(),
      addr: call.peer,
      host: call.host,
      method: call.request.method,
      useragent: call.request.headers.get("user-agent") ?? "",
    },
    actor: call.actor === undefined ? {} : { name: call.actor },
    source: { addr: call.host, instanceID: context.instanceId },
  };
}

function targetOf(call: Call, happening: Happening): NotificationTarget {
  if (happening.action === "delete") {
    const { action: _, ...target } = happening;
    return target;
  }
  const { mediaType, digest, size, repository, tag } = happening;
  const url = `${call.url.origin}/v2/${repository}/manifests/${digest}`;
  return { mediaType, digest, size, length: size, repository, url, ...(tag === undefined ? {} : { tag }) };
}
