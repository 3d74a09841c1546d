import type { Digest } from "../../../shared/domain/digest.ts";

/** Codes of distribution-spec, "Error codes", and the four that distribution adds to them. */
export type RefusalCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DENIED"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "PAGINATION_NUMBER_INVALID"
  | "SIZE_INVALID"
  | "TAG_INVALID"
  | "UNAUTHORIZED"
  | "UNAVAILABLE"
  | "UNKNOWN"
  | "UNSUPPORTED";

/** Ends a request with the error form of distribution-spec. Caught in one place, where the answer is written. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: RefusalCode;
  readonly headers: Readonly<Record<string, string>>;
  /** Contents that are missing; each becomes an error of its own. */
  readonly missing: readonly Digest[];

  constructor(
    status: number,
    code: RefusalCode,
    message: string,
    more: { readonly headers?: Readonly<Record<string, string>>; readonly missing?: readonly Digest[] } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.missing = more.missing ?? [];
  }
}

export function answerRefusal(refusal: Refusal): Response {
  const { code, message, missing } = refusal;
  const errors = missing.length === 0 ? [{ code, message }] : missing.map((digest) => ({ code, message, detail: { digest } }));
  return Response.json({ errors }, { status: refusal.status, headers: refusal.headers });
}
