/** An answer of the vendor that is an error. `code` is the name that its model gives it. */
export class AwsRefusal extends Error {
  override readonly name = "AwsRefusal";
  readonly code: string;
  readonly status: number;
  /** What the error has beside its message. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    more: { readonly status?: number; readonly members?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message);
    this.code = code;
    this.status = more.status ?? 400;
    this.members = more.members ?? {};
  }
}

export function invalidParameter(place: string, constraint: string): AwsRefusal {
  return new AwsRefusal("InvalidParameterException", `Invalid parameter at '${place}' failed to satisfy constraint: '${constraint}'`);
}
