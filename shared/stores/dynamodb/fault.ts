import { AdapterError, type AdapterErrorCode } from "../../ports/adapter-error.ts";

interface Known {
  readonly code: AdapterErrorCode;
  readonly message: string;
  readonly mend: string;
}

const THROTTLED: Known = {
  code: "rate-limited",
  message: "the table takes no more requests now",
  mend: "wait; raise the table's limit where this goes on",
};
const NOT_ALLOWED: Known = {
  code: "forbidden",
  message: "the table may not be used",
  mend: "give the function's role the actions on the table and its indexes that serverless.yml names",
};
const NOBODY: Known = {
  code: "unauthorized",
  message: "there are no credentials for the table",
  mend: "run with a role, or set credentials as the AWS SDK reads them",
};
const AWAY: Known = { code: "unreachable", message: "the table cannot be reached", mend: "check the network, the region and the endpoint" };
const LATE: Known = {
  code: "timeout",
  message: "the table did not answer in time",
  mend: "check the network, the region and the endpoint",
};

// AWS API reference, "Common errors" of DynamoDB; codes of Node for the network.
const KNOWN: Readonly<Record<string, Known>> = {
  ProvisionedThroughputExceededException: THROTTLED,
  // Of an item of a transaction.
  ProvisionedThroughputExceeded: THROTTLED,
  ThrottlingException: THROTTLED,
  ThrottlingError: THROTTLED,
  RequestLimitExceeded: THROTTLED,
  TransactionInProgressException: THROTTLED,
  InternalServerError: AWAY,
  ServiceUnavailable: AWAY,
  ResourceNotFoundException: {
    code: "not-found",
    message: "there is no such table",
    mend: "deploy the table, or correct its name and region",
  },
  AccessDeniedException: NOT_ALLOWED,
  KMSAccessDeniedException: NOT_ALLOWED,
  UnrecognizedClientException: NOBODY,
  InvalidSignatureException: NOBODY,
  ExpiredTokenException: NOBODY,
  CredentialsProviderError: NOBODY,
  TimeoutError: LATE,
  AbortError: LATE,
  ETIMEDOUT: LATE,
  ECONNREFUSED: AWAY,
  ECONNRESET: AWAY,
  EPIPE: AWAY,
  ENOTFOUND: AWAY,
};

/** What the world does becomes an AdapterError; a defect of ours stays what it is. */
export function tableFault(error: unknown): unknown {
  if (error instanceof AdapterError || !(error instanceof Error)) return error;
  const named = [error.name, codeOf(error), ...cancellations(error)].map((name) => KNOWN[name]).find((each) => each !== undefined);
  const known = named ?? (isOfTheWay(error) ? AWAY : undefined);
  return known === undefined ? error : new AdapterError(known.code, known.message, { mend: known.mend, cause: error });
}

/** Whatever stands on the way answers in words of its own, or none; and the system's calls fail in more ways than are named here. */
function isOfTheWay(error: Error): boolean {
  const answer = "$metadata" in error && error.$metadata instanceof Object ? error.$metadata : {};
  const status = "httpStatusCode" in answer ? Number(answer.httpStatusCode) : 0;
  return status >= 500 || "syscall" in error;
}

/** Somebody else wrote one of the items meanwhile, or is writing it: read again. */
export function isOvertaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isRefused(error) || isInTheWay(error)) return true;
  const reasons = cancellations(error).filter((code) => code !== "None");
  return reasons.length > 0 && reasons.every((code) => code === "ConditionalCheckFailed" || code === "TransactionConflict");
}

/** A transaction of others holds the item of a write alone. Whether an earlier try was done, whose answer was lost, it does not say. */
export function isInTheWay(error: unknown): boolean {
  return error instanceof Error && error.name === "TransactionConflictException";
}

/**
 * A write alone met another's. Of a transaction that is refused a try before it may have been done whose answer was lost: it knows its own work for
 * ten minutes, and a function may stand still for longer.
 */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Why a transaction was cancelled, one code for each of its items. */
function cancellations(error: Error): readonly string[] {
  const reasons: readonly unknown[] =
    "CancellationReasons" in error && Array.isArray(error.CancellationReasons) ? error.CancellationReasons : [];
  return reasons.map((reason) => (reason instanceof Object && "Code" in reason && typeof reason.Code === "string" ? reason.Code : "None"));
}
