import { type Input, optionalText } from "./input.ts";
import { AwsRefusal, invalidParameter } from "./refusal.ts";

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: { readonly nextToken?: string };
}

export interface Pages {
  readonly most: number;
  readonly usual: number;
  /** There are no more on a page, however many were asked for. */
  readonly cap?: number;
  /** The vendor is known to ignore what was asked for. */
  readonly ignoresAsked?: boolean;
  /** Inspector and the signer call a bad request so. */
  readonly refusal?: "ValidationException";
}

/** A page as large as was asked for, with a token where there is more. The token is opaque: it says where to go on, and for what. */
export function pageOf<Item>(
  input: Input,
  all: readonly Item[],
  { most, usual, cap = most, ignoresAsked = false, refusal }: Pages,
): Page<Item> {
  const asked = input["maxResults"];
  const isCount = asked === undefined || (Number.isInteger(asked) && Number(asked) >= 1 && Number(asked) <= most);
  if (!isCount) throw refusalFor(refusal, "maxResults", `Member must be between 1 and ${most}`);
  const start = readToken(optionalText(input, "nextToken"), refusal);
  const size = Math.min(cap, ignoresAsked || asked === undefined ? usual : Number(asked));
  const items = all.slice(start, start + size);
  const end = start + items.length;
  return { items, next: end < all.length ? { nextToken: Buffer.from(`from ${end}`).toString("base64") } : {} };
}

function readToken(token: string | undefined, refusal: Pages["refusal"]): number {
  if (token === undefined || token === "") return 0;
  const [, start] = /^from (\d+)$/.exec(Buffer.from(token, "base64").toString()) ?? [];
  if (start === undefined) throw refusalFor(refusal, "nextToken", "Invalid parameter: token");
  return Number(start);
}

function refusalFor(code: Pages["refusal"], place: string, constraint: string): AwsRefusal {
  if (code === undefined) return invalidParameter(place, constraint);
  return new AwsRefusal(code, `${place}: ${constraint}`, { members: { reason: "FIELD_VALIDATION_FAILED" } });
}
