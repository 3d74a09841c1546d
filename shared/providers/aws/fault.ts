import { lookUp } from "../../domain/look-up.ts";
import { codeOfStatus } from "../../oci/error.ts";
import { AdapterError, type AdapterErrorCode } from "../../ports/adapter-error.ts";

// ECR API reference, "Errors" of the actions used, "Common errors"; STS for roles; codes of Node for the network.
const BY_NAME: Readonly<Record<string, AdapterErrorCode>> = {
  ThrottlingException: "rate-limited",
  Throttling: "rate-limited",
  TooManyRequestsException: "rate-limited",
  RequestLimitExceeded: "rate-limited",
  LimitExceededException: "too-large",
  ServerException: "unreachable",
  ServiceUnavailable: "unreachable",
  InternalFailure: "unreachable",
  AccessDeniedException: "forbidden",
  AccessDenied: "forbidden",
  KmsException: "forbidden",
  UnrecognizedClientException: "unauthorized",
  InvalidClientTokenId: "unauthorized",
  InvalidSignatureException: "unauthorized",
  SignatureDoesNotMatch: "unauthorized",
  ExpiredTokenException: "unauthorized",
  ExpiredToken: "unauthorized",
  CredentialsProviderError: "unauthorized",
  RepositoryNotFoundException: "not-found",
  ImageNotFoundException: "not-found",
  ImageStorageClassUpdateNotSupportedException: "conflict",
  RepositoryAlreadyExistsException: "conflict",
  ExclusionAlreadyExistsException: "conflict",
  InvalidParameterException: "refused",
  ValidationException: "refused",
  TimeoutError: "timeout",
  AbortError: "timeout",
  ETIMEDOUT: "timeout",
  ECONNREFUSED: "unreachable",
  ECONNRESET: "unreachable",
  EPIPE: "unreachable",
  ENOTFOUND: "unreachable",
  EAI_AGAIN: "unreachable",
};
const MENDS: Partial<Readonly<Record<AdapterErrorCode, string>>> = {
  unauthorized: "run with a role, or set credentials as the AWS SDK reads them",
  forbidden: "allow the gate's role this action on the repository",
  unreachable: "check the network, the region and the endpoint",
};

/** What the services and the way to them do becomes an AdapterError; a defect of ours stays what it is. */
export function awsFault(error: unknown, what: string): unknown {
  if (error instanceof AdapterError || !(error instanceof Error)) return error;
  const name = [error.name, textOf(error, "code")].find((each) => lookUp(BY_NAME, each) !== undefined) ?? error.name;
  const status = statusOf(error);
  const code = lookUp(BY_NAME, name) ?? (status === undefined ? undefined : codeOfStatus(status));
  if (code === undefined) return error;
  const mend = MENDS[code];
  return new AdapterError(code, `${what}: AWS answered ${name}`, { cause: error, ...(mend === undefined ? {} : { mend }) });
}

/** An answer that is no JSON has the status in the hidden `$response` alone. */
function statusOf(error: Error): number | undefined {
  const told = [Reflect.get(error, "$metadata"), Reflect.get(error, "$response")];
  const statuses = told.map((one: unknown) =>
    one instanceof Object ? [Reflect.get(one, "httpStatusCode"), Reflect.get(one, "statusCode")] : [],
  );
  return statuses.flat().find((status: unknown) => typeof status === "number");
}

function textOf(error: Error, member: string): string {
  const value: unknown = Reflect.get(error, member);
  return typeof value === "string" ? value : "";
}
