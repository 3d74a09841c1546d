export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Operational log: a constant sentence and fields, never a secret. The audit journal is something else. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
