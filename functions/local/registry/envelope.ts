import type { Digest } from "../../../shared/domain/digest.ts";
import type { Repository, Tag } from "../../../shared/domain/image-ref.ts";

export const NOTIFICATION_TYPE = "application/vnd.docker.distribution.events.v2+json";

/** Envelope of CNCF Distribution's notifications (distribution/distribution, notifications/event.go). */
export interface Envelope {
  readonly events: readonly NotificationEvent[];
}

export interface NotificationEvent {
  readonly id: string;
  readonly timestamp: string;
  readonly action: "push" | "pull" | "delete";
  readonly target: NotificationTarget;
  readonly request: {
    readonly id: string;
    readonly addr: string;
    readonly host: string;
    readonly method: string;
    readonly useragent: string;
  };
  readonly actor: { readonly name?: string };
  readonly source: { readonly addr: string; readonly instanceID: string };
}

export interface NotificationTarget {
  readonly mediaType?: string;
  readonly digest?: Digest;
  readonly size?: number;
  readonly length?: number;
  readonly repository: Repository;
  readonly url?: string;
  readonly tag?: Tag;
}
