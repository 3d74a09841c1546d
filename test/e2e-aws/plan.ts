export interface StoryPlan {
  readonly pushes: number;
  readonly seed?: number;
  /** Containers of on-registry-event that may run at once. */
  readonly atOnce?: number;
  readonly isCalm?: boolean;
  /** Of a hundred images, those in which nothing is found: they are judged some minutes later. */
  readonly clean?: number;
  /** Nothing is pushed any more after so many milliseconds. */
  readonly pushForMs?: number;
  /** How long what was pushed may take to come to rest. */
  readonly restMs: number;
  /** Ends all that was started. */
  readonly signal?: AbortSignal;
  readonly report?: (line: string) => void;
}
