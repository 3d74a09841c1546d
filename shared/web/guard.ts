import type { Context, MiddlewareHandler } from "hono";
import { problem, problemResponse } from "./problem.ts";

/**
 * `same-origin` as referrer policy tells other sites nothing; under `no-referrer` browsers would send `Origin: null` with our own forms
 * (Fetch standard, "append a request Origin header") and the check of it could not be strict.
 */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
};

/** Headers of every answer. What is about images is never kept by a cache; files that may be set their own rule before. */
export function securityHeaders(): MiddlewareHandler {
  return async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store");
  };
}

/** Machines reach these under names that nobody foresees (a container's host, a pod's address); no cookie counts there. */
const ANY_HOST = /^\/(?:hooks\/|healthz$|readyz$)/;

export function hostCheck(isAllowedHost: (host: string) => boolean): MiddlewareHandler {
  return async (context, next) => {
    const host = hostOf(context);
    if (ANY_HOST.test(context.req.path) || isAllowedHost(host)) return next();
    return problemResponse(
      problem(
        "host",
        "The page was not shown.",
        "The name in the address is not one of this gate.",
        "Open the address that moorgate up printed, or add the name to the settings.",
      ),
    );
  };
}

function hostOf(context: Context): string {
  return (context.req.header("host") ?? new URL(context.req.url).host).toLowerCase();
}

/** Whether a form was sent from one of our own pages. Browsers send `Origin` with every POST. */
export function isOwnOrigin(context: Context): boolean {
  const site = context.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return false;
  const origin = context.req.header("origin") ?? "";
  return URL.canParse(origin) && new URL(origin).host === hostOf(context);
}
