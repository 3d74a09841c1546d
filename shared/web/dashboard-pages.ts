import type { Context, Hono } from "hono";
import { isDigest } from "../domain/digest.ts";
import { type ImageKey, parseImageKey } from "../domain/image-ref.ts";
import { ParseError } from "../domain/parse-error.ts";
import type { DashboardEnv } from "./dashboard-env.ts";
import type { WebDeps } from "./deps.ts";
import { EVENT_KINDS } from "./event-kinds.ts";
import { findImages, parseFilter } from "./find-images.ts";
import { type AuditQuery, auditPage, readAudit } from "./pages/audit.ts";
import { imagePage, readImage } from "./pages/image.ts";
import { imagesPage } from "./pages/images.ts";
import { type PageView, page } from "./pages/layout.ts";
import { nowPage, readOverview } from "./pages/now.ts";
import { imagePath } from "./pages/parts.ts";
import { problemContent } from "./pages/problem.ts";
import { type Problem, problem } from "./problem.ts";
import { withQuery } from "./with-query.ts";

type Ctx = Context<DashboardEnv>;
type Shown = Omit<PageView, "session" | "version">;

const PER_PAGE = 100;

export function readPages(app: Hono<DashboardEnv>, deps: WebDeps): void {
  const show = async (context: Ctx, view: Shown, status: 200 | 404 = 200) =>
    context.html(page({ ...view, session: context.var.session, version: (await deps.status()).version }), status);
  app.get("/", async (context) => {
    const overview = await readOverview(deps, context.var.session.token.name);
    return show(context, {
      title: "Now",
      current: "now",
      command: "moorgate doctor",
      json: "/api/v1/status",
      content: nowPage(overview, context.var.session, deps.clock.now()),
    });
  });
  app.get("/images", async (context) => show(context, await images(deps, context)));
  app.get("/images/*", async (context) => {
    const found = await image(deps, context);
    if (found.kind === "redirect") return context.redirect(found.path, 303);
    return found.kind === "problem" ? show(context, notFound(found.problem), 404) : show(context, found.view);
  });
  app.get("/audit", async (context) => {
    const { sinks } = await deps.status();
    const view = await readAudit(deps.ledger, auditQuery(context), sinks);
    return show(context, {
      title: "Audit",
      current: "audit",
      command: "moorgate journal tail",
      json: "/api/v1/journal",
      content: auditPage(view, deps.clock.now()),
    });
  });
  app.get("*", (context) =>
    show(
      context,
      notFound(
        problem("not-found", "There is no such page.", "The address names none of the pages.", "Take one from the top of this page."),
      ),
      404,
    ),
  );
}

function notFound(what: Problem): Shown {
  return { title: "Not found", command: "moorgate doctor", json: "/api/v1/status", content: problemContent(what) };
}

async function images(deps: WebDeps, context: Ctx): Promise<Shown> {
  const text = (context.req.query("q") ?? "").slice(0, 1_000);
  const after = context.req.query("after");
  const filter = parseFilter(text);
  const found = await findImages(deps.ledger, filter, PER_PAGE, after !== undefined && /^[\w.:-]{1,500}$/.test(after) ? after : undefined);
  const json = withQuery("/api/v1/images", { q: text });
  return {
    title: "Images",
    current: "images",
    command: "moorgate explain <image>",
    json,
    content: imagesPage({ text, filter, page: found, isFirst: after === undefined }, deps.clock.now()),
  };
}

type Found =
  | { readonly kind: "redirect"; readonly path: string }
  | { readonly kind: "problem"; readonly problem: Problem }
  | { readonly kind: "view"; readonly view: Shown };

const UNKNOWN_IMAGE = problem(
  "not-found",
  "The gate does not know this image.",
  "No event announced it, and no sweep found it.",
  "Push it, or look for it: moorgate sweep. To judge it without the gate: moorgate check <image>.",
);

/** `/images/<registry>/<repository>@<digest>`, or `/images/<digest>` for whoever has only that. */
async function image(deps: WebDeps, context: Ctx): Promise<Found> {
  const named = decoded(context.req.path.slice("/images/".length));
  if (isDigest(named)) {
    const { items } = await deps.ledger.images({ digest: named, limit: 2 });
    const [first, second] = items;
    if (first === undefined) return { kind: "problem", problem: UNKNOWN_IMAGE };
    return {
      kind: "redirect",
      path: second === undefined ? imagePath(first.key) : withQuery("/images", { q: `digest:${named}` }),
    };
  }
  const key = keyOf(named);
  const view = key === undefined ? undefined : await readImage(deps, key, context.req.query("action"));
  if (view === undefined) return { kind: "problem", problem: UNKNOWN_IMAGE };
  const { repository, registry, digest } = view.record.key;
  const command = `moorgate explain ${registry}/${repository}@${digest}`;
  return {
    kind: "view",
    view: {
      title: `${repository} ${view.record.tags[0] ?? ""}`,
      current: "images",
      command,
      json: `/api/v1/images/${digest}`,
      content: imagePage(view, context.var.session, deps.clock.now()),
    },
  };
}

/** As it stands where it is no percent-encoding: then it names no image either. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function keyOf(text: string): ImageKey | undefined {
  try {
    return parseImageKey(text);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function auditQuery(context: Ctx): AuditQuery {
  const kind = EVENT_KINDS.find((known) => known === context.req.query("kind"));
  const chain = (context.req.query("chain") ?? "").trim().slice(0, 1_000);
  const before = Number(context.req.query("before"));
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(chain === "" ? {} : { chain }),
    ...(Number.isSafeInteger(before) && before > 0 ? { before } : {}),
  };
}
