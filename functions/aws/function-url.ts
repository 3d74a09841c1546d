import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { AdapterError } from "../../shared/ports/adapter-error.ts";

/** What Lambda takes in one call (6 MB), which a base64 body reaches at three quarters of it. */
const MOST_CHARACTERS = 6 * 1_048_576;
const FORMAT = "2.0";
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const BODILESS = new Set(["GET", "HEAD"]);

/**
 * A request to a Function URL (payload format 2.0) as the platform's own. Host and scheme are those that Lambda was reached under, never what a forwarding
 * header claims.
 * @throws AdapterError
 */
export function requestOf({
  version,
  rawPath,
  rawQueryString,
  headers,
  cookies,
  requestContext,
  body,
  isBase64Encoded,
}: APIGatewayProxyEventV2): Request {
  // An older gateway or a load balancer, put in front of the function, names everything otherwise.
  if (version !== FORMAT) throw new AdapterError("malformed", `the request is not of payload format ${FORMAT}, which a Function URL has`);
  const { method } = requestContext.http;
  const query = rawQueryString === "" ? "" : `?${rawQueryString}`;
  const url = URL.parse(`https://${requestContext.domainName}${rawPath}${query}`);
  // A path that begins otherwise than with a slash would be read as a part of the name before it.
  if (url?.origin !== `https://${requestContext.domainName}` || !METHODS.has(method))
    throw new AdapterError("malformed", `request ${requestContext.requestId}: its address or method is none`);
  const given = headersOf(
    { ...headers, ...(cookies === undefined || cookies.length === 0 ? {} : { cookie: cookies.join("; ") }) },
    requestContext.requestId,
  );
  given.set("host", requestContext.domainName);
  const bytes = bytesOf(body ?? "", isBase64Encoded, requestContext.requestId);
  return new Request(url, { method, headers: given, ...(BODILESS.has(method) || bytes.length === 0 ? {} : { body: bytes }) });
}

function headersOf(fields: APIGatewayProxyEventV2["headers"], request: string): Headers {
  const given = new Headers();
  for (const [name, value] of Object.entries(fields)) {
    try {
      if (value !== undefined) given.append(name, value);
    } catch (error) {
      // The runtime has no other word for a name or a value that no header can have.
      if (!(error instanceof TypeError)) throw error;
      throw new AdapterError("malformed", `request ${request}: one of its headers is none`, { cause: error });
    }
  }
  return given;
}

function bytesOf(body: string, isBase64: boolean, request: string): Uint8Array<ArrayBuffer> {
  if (body.length > MOST_CHARACTERS)
    throw new AdapterError("too-large", `request ${request}: its body is larger than ${MOST_CHARACTERS} characters`);
  if (!isBase64) return new Uint8Array(Buffer.from(body, "utf8"));
  // Node's decoder passes over what is no base64: what is verified later would not be what was sent.
  if (body.length % 4 !== 0 || !BASE64.test(body)) throw new AdapterError("malformed", `request ${request}: its body is no base64`);
  return new Uint8Array(Buffer.from(body, "base64"));
}

const TEXT = /^(?:text\/|application\/(?:[a-z.+-]*json|javascript|xml)\b)/;

/** An answer as Lambda passes it on: each cookie apart, what is no text in base64. */
export async function answerOf(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  const headers = [...response.headers].filter(([name]) => name !== "set-cookie");
  const cookies = response.headers.getSetCookie();
  const bytes = Buffer.from(await response.arrayBuffer());
  const isText = TEXT.test(response.headers.get("content-type") ?? "text/plain") && !response.headers.has("content-encoding");
  return {
    statusCode: response.status,
    headers: Object.fromEntries(headers),
    ...(cookies.length === 0 ? {} : { cookies }),
    body: bytes.toString(isText ? "utf8" : "base64"),
    isBase64Encoded: !isText,
  };
}

/** Has a request answered; one that cannot be read is refused here. */
export async function answer(
  event: APIGatewayProxyEventV2,
  fetch: (request: Request) => Promise<Response>,
): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    return await answerOf(await fetch(requestOf(event)));
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return {
      statusCode: error.code === "too-large" ? 413 : 400,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: error.message,
    };
  }
}
