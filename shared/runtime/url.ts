import { isIPv4 } from "node:net";
import { AdapterError } from "../ports/adapter-error.ts";

/** Whether a host name, as URL prints it, means this machine. */
export function isLoopback(hostname: string): boolean {
  if (hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]") return true;
  return isIPv4(hostname) && hostname.startsWith("127.");
}

/**
 * TLS everywhere but on this machine, and where `plainHttp` is said; no credentials in the address, where logs and proxies would see them.
 * @throws AdapterError refused
 */
export function checkUrl(url: URL, plainHttp = false): void {
  if (url.username !== "" || url.password !== "") {
    throw new AdapterError("refused", `${url.host}: the address carries credentials`, { mend: "put them into the credentials setting" });
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && (plainHttp || isLoopback(url.hostname)))) return;
  throw new AdapterError("refused", `${url.protocol}//${url.host}: only https is spoken, and http on this machine`, {
    mend: "use an https address",
  });
}

/**
 * Where a redirect leads. A server elsewhere may not send us to a service on this machine.
 * @throws AdapterError refused
 */
export function checkRedirect(first: URL, from: URL, location: string): URL {
  const target = URL.parse(location, from.href);
  if (target === null) throw new AdapterError("malformed", `${from.host}: redirects to something that is no address`);
  if (isLoopback(target.hostname) && !isLoopback(first.hostname))
    throw new AdapterError("refused", `${from.host}: redirects to this machine`);
  return target;
}
