export type AdapterErrorCode =
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "rate-limited"
  | "unsupported"
  | "malformed"
  | "too-large"
  | "unreachable"
  | "timeout"
  | "refused";

const RETRYABLE: readonly AdapterErrorCode[] = ["rate-limited", "unreachable", "timeout"];

/**
 * The one error that adapters throw. Caught in two kinds of place: gather (becomes `unavailable`) and apply (becomes a failed outcome).
 * The message names what could not be done and carries no secret; `mend` is the next step for a person.
 */
export class AdapterError extends Error {
  override readonly name = "AdapterError";
  readonly code: AdapterErrorCode;
  readonly retryable: boolean;
  /** Milliseconds that the other side asked us to wait. */
  readonly retryAfter: number | undefined;
  readonly mend: string | undefined;

  constructor(
    code: AdapterErrorCode,
    message: string,
    options: { retryable?: boolean; retryAfter?: number; mend?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? RETRYABLE.includes(code);
    this.retryAfter = options.retryAfter;
    this.mend = options.mend;
  }
}
