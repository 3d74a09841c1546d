import type { Outcome } from "../domain/action.ts";
import type { Fields } from "./ocsf-event.ts";

// Ids of API Activity: its activities and statuses.
export const CREATE = 1;
export const UPDATE = 3;
export const DELETE = 4;
export const SUCCESS = 1;
export const FAILURE = 2;
export const OTHER = 99;

/** What is told of one happening, in the terms of API Activity. */
export interface Told {
  readonly activity?: number;
  readonly code: string;
  readonly severity: number;
  readonly message: string;
  readonly operation: string;
  /** The action's id, so that it can be found in the registry's own log. */
  readonly requestId: string;
  readonly actor: Fields;
  readonly source?: string;
  readonly action: number;
  readonly disposition: number;
  readonly isAlert: boolean;
  readonly status: number;
  /** The label of status 99. */
  readonly statusName?: string;
  readonly statusCode: string;
  readonly detail?: string;
  readonly count?: number;
  readonly own?: Fields;
}

/** What is told of how an action ended; the rest is the same for all of its events. */
export type Ended = Omit<Told, "operation" | "requestId" | "actor" | "own">;

export type Applied = Extract<Outcome, { readonly kind: "applied" }>;

type Standing = Pick<Told, "severity" | "action" | "disposition" | "isAlert" | "status" | "statusName" | "statusCode" | "detail">;

/** An intent, written down before the registry is called. */
export function asPlanned(why: string): Standing {
  return {
    severity: 1,
    action: 3,
    disposition: 17,
    isAlert: false,
    status: OTHER,
    statusName: "Planned",
    statusCode: "planned",
    detail: why,
  };
}

/** What the registry would not do. */
export function asFailed(severity: number, { code, why }: { readonly code: string; readonly why: string }): Standing {
  return { severity, action: 0, disposition: 27, isAlert: true, status: FAILURE, statusCode: code, detail: why };
}
