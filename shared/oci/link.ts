import { AdapterError } from "../ports/adapter-error.ts";

const MOST_CHARACTERS = 16_384;

/** Address of the `next` relation in a Link header (RFC 8288), as written. Never throws; several links may stand in one header. */
export function parseNextLink(header: string): string | undefined {
  if (header.length > MOST_CHARACTERS) return undefined;
  const link = /[ \t,]*<(?<target>[^<>]*)>(?<parameters>(?:[^",<]|"(?:[^"\\]|\\.)*")*)/sy;
  for (let found = link.exec(header); found !== null; found = link.exec(header)) {
    const { target, parameters = "" } = found.groups ?? {};
    if (isNext(parameters)) return target;
  }
  return undefined;
}

function isNext(parameters: string): boolean {
  const relation = /;[ \t]*rel[ \t]*=[ \t]*(?:"(?<quoted>[^"]*)"|(?<plain>[^\s;,"]+))/i.exec(parameters)?.groups;
  return (relation?.["quoted"] ?? relation?.["plain"] ?? "").toLowerCase().split(/\s+/).includes("next");
}

/**
 * Address that a registry sent us to (the next page, an upload), on the origin that we talk to. A proxy that ends TLS makes registries
 * write http for https; the scheme is therefore ours. Another host is refused: our credentials would go there, or the list end early.
 * @throws AdapterError malformed, refused
 */
export function resolveOnOrigin(target: string, from: URL): URL {
  const resolved = URL.parse(target, from.href);
  if (resolved === null) throw new AdapterError("malformed", `${from.host}: sends us to something that is no address`);
  const isWeb = resolved.protocol === "https:" || resolved.protocol === "http:";
  if (!isWeb || hostOf(resolved) !== hostOf(from))
    throw new AdapterError("refused", `${from.host}: sends us to another origin, ${resolved.host}`);
  return new URL(`${resolved.pathname}${resolved.search}`.replace(/^\/+/, "/"), from.origin);
}

/** The port of the scheme counts as written, so that `http://host:443` and `https://host` are the same host. */
function hostOf(url: URL): string {
  return url.port === "443" || url.port === "80" ? url.hostname : url.host;
}
