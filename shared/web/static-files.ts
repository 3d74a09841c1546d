import { createHash } from "node:crypto";
import type { Hono } from "hono";
import type { DashboardEnv } from "./dashboard-env.ts";
import { ICON } from "./pages/icon.ts";
import { SCRIPT } from "./pages/script.ts";
import { STYLE } from "./pages/style.ts";

const FILES = [
  { path: "/style.css", type: "text/css; charset=utf-8", text: STYLE },
  { path: "/app.js", type: "text/javascript; charset=utf-8", text: SCRIPT },
  { path: "/icon.svg", type: "image/svg+xml", text: ICON },
] as const;

/** The pages' files: the same for everybody, asked again with their ETag, so a new version shows at once. */
export function staticFiles(app: Hono<DashboardEnv>): void {
  for (const { path, type, text } of FILES) {
    const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 16)}"`;
    const headers = { "content-type": type, etag, "cache-control": "no-cache" };
    app.get(path, (context) =>
      context.req.header("if-none-match") === etag ? context.body(null, 304, headers) : context.body(text, 200, headers),
    );
  }
}
