import { ParseError, quote } from "../../domain/parse-error.ts";

export interface TablePlace {
  readonly region: string;
  readonly table: string;
  /** Another address than the region's own: a local stand-in, or an endpoint inside of a network. */
  readonly endpoint?: string;
}

// AWS API reference, "TableName": 3 to 255 of these.
const TABLE = /^[a-zA-Z0-9_.-]{3,255}$/;
const REGION = /^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$/;
const MEND = "write dynamodb://REGION/TABLE, for example dynamodb://eu-central-1/moorgate";

/** Reads `dynamodb://REGION/TABLE?endpoint=URL`. @throws ParseError */
export function parseTablePlace(text: string): TablePlace {
  const url = URL.parse(text);
  if (url?.protocol !== "dynamodb:") throw new ParseError("store place", `${quote(text)} is no place of a table`, MEND);
  const region = url.hostname;
  const table = url.pathname.slice(1);
  if (url.username !== "" || url.password !== "") throw new ParseError("store place", "it holds a credential", MEND);
  if (!REGION.test(region)) throw new ParseError("store place", `${quote(region)} is no region`, MEND);
  if (!TABLE.test(table)) throw new ParseError("store place", `${quote(table)} is no name of a table`, MEND);
  for (const name of url.searchParams.keys())
    if (name !== "endpoint") throw new ParseError("store place", `${quote(name)} is not known`, MEND);
  const endpoint = url.searchParams.get("endpoint");
  return endpoint === null ? { region, table } : { region, table, endpoint: parseEndpoint(endpoint) };
}

function parseEndpoint(text: string): string {
  const url = URL.parse(text);
  const isLoopback = url !== null && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback)) return url.href;
  throw new ParseError("store place", `${quote(text)} is no endpoint`, "write an https:// address; http:// is for loopback alone");
}
