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
