export interface StoryPlan {
  readonly pushes: number;
  readonly seed?: number;
  readonly atOnce?: number;
  readonly isCalm?: boolean;
  /** Of a hundred images, those in which nothing is found: they are judged some minutes later. */
  readonly clean?: number;
  /** Nothing is pushed any more after so many milliseconds. */
  readonly pushForMs?: number;
  /** How long what was pushed may take to come to rest. */
  readonly restMs: number;
  readonly report?: (line: string) => void;
}
