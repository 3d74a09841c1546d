import type { DatabaseSync } from "node:sqlite";
import type { Actor } from "../../domain/action.ts";
import { type ImageKey, parseImageKey, printImageKey } from "../../domain/image-ref.ts";
import { RUN_CAUSES, RUN_STATES, type Run } from "../../domain/run.ts";
import { type Instant, instant, parseDuration } from "../../domain/time.ts";
import type { AskedHold, RunFacts, RunStore, SoFar, WeighedHold } from "../../ports/run-store.ts";
import type { Journal } from "./journal.ts";
import { body, oneOf, type Row, text, textOrNone, whole, wholeOrNone } from "./row.ts";
import { openNews } from "./run-news.ts";
import type { Writer } from "./writer.ts";

type Statements = ReturnType<typeof prepare>;

const HOUR = parseDuration("1h");

export function openRuns(database: DatabaseSync, writer: Writer, journal: Pick<Journal, "append">): RunStore {
  const statements = prepare(database);
  const { untold, news, told } = openNews(database);
  const found = (id: string): Row | undefined => statements.find.get(id);
  return {
    begin: async (cause, subject, now, sameSubjects = []) =>
      writer.write("power-cut", () => {
        const newest = statements.newest.get(cause);
        if (newest !== undefined && [subject, ...sameSubjects].includes(text(newest, "subject"))) return text(newest, "id");
        const id = text(statements.insert.get(cause, subject, now), "id");
        if (cause === "policy") replaceAll(statements, id, now);
        return id;
      }),
    weigh: async (id, hold, now, answer) =>
      writer.write("power-cut", () => {
        const row = statements.bare.get(id);
        if (row === undefined) throw new Error(`run ${id} is not known to the store`);
        const number = whole(row, "number");
        const answered = answer(factsOf(statements, row, hold, now));
        statements.keep.run(number, ...keyOf(hold.image), answered.kind, JSON.stringify(hold.reasons), now);
        if (answered.kind === "go") return { kind: "go" };
        statements.stop.run(now, answered.why, printImageKey(hold.image), number);
        return waits(statements.bare.get(id) ?? row, hold.image);
      }),
    async find(id) {
      const row = found(id);
      return row === undefined ? undefined : runOf(row);
    },
    list: async ({ state = null, limit }) => statements.list.all(state, limit).map(runOf),
    heldSince: async (at) => whole(statements.heldSince.get(at), "held"),
    async waiting(id) {
      const row = found(id);
      return row === undefined ? [] : statements.waiting.all(whole(row, "number")).map(imageOf);
    },
    untold: async () => untold(),
    tell: async (id, isSettled, words) =>
      writer.write("power-cut", () => {
        const happened = news(id);
        const event = happened === undefined ? undefined : words(happened);
        if (happened === undefined || event === undefined) return;
        journal.append([event]);
        told(id, !isSettled && (happened.isAlerted || event.isAlert));
      }),
    decide: async (id, decision, by, now) =>
      writer.write("power-cut", () => statements.decide.run(decision, now, JSON.stringify(by), id).changes === 1),
  };
}

/** Images that wait, are there and can be pulled still: whoever was held for another cause or mended meanwhile waits no more. An emergency asks for no verdict. */
const WAITING = `FROM run_image JOIN image USING (digest, repository, registry)
  WHERE run_image.run = run.number AND answer = 'wait' AND held = (run.cause = 'deletion') AND (verdict <> 'compliant' OR run.cause = 'emergency') AND ${present("image")}`;

function present(table: string): string {
  return `json_extract(${table}.body, '$.presence') = 'present'`;
}

// Named, for the planner takes the index on registries, by which each hold would read all images of its registry.
const IN_REPOSITORY = "FROM image INDEXED BY image_repository WHERE repository = ?2 AND registry = ?3";

function prepare(database: DatabaseSync) {
  const letThrough = (images: string): string =>
    `SELECT 1 FROM run_image WHERE run = ?1 AND answer = 'go' AND digest = ${images}.digest AND repository = ${images}.repository AND registry = ${images}.registry`;
  const otherTagged = `SELECT 1 ${IN_REPOSITORY} AND digest <> ?4 AND held = 0 AND ${present("image")}
    AND json_array_length(body, '$.tags') > 0 AND NOT EXISTS (${letThrough("image")})`;
  const shown = `SELECT run.*, (SELECT count(*) FROM run_image WHERE run = run.number AND answer = 'go') AS held, (SELECT count(*) ${WAITING}) AS waiting FROM run`;
  return {
    newest: database.prepare(
      "SELECT id, subject FROM run WHERE cause = ? AND (cause <> 'deletion' OR state IN ('running', 'stopped')) ORDER BY number DESC LIMIT 1",
    ),
    insert: database.prepare(
      `INSERT INTO run (number, id, cause, subject, started_at, state)
       SELECT next, ?1 || '-' || next, ?1, ?2, ?3, 'running' FROM (SELECT coalesce(max(number), 0) + 1 AS next FROM run) RETURNING id`,
    ),
    replaceStopped: database.prepare(
      "UPDATE run SET state = 'rejected', decided_at = ?, decided_by = ? WHERE state = 'stopped' AND id <> ? AND cause <> 'emergency'",
    ),
    replace: database.prepare("UPDATE run SET replaced_by = ?1 WHERE id <> ?1 AND cause NOT IN ('emergency', 'deletion')"),
    // Asked for each hold: counting what waits would cost more with each image that does.
    bare: database.prepare("SELECT * FROM run WHERE id = (SELECT coalesce(replaced_by, id) FROM run WHERE id = ?)"),
    find: database.prepare(`${shown} WHERE run.id = (SELECT coalesce(replaced_by, id) FROM run WHERE id = ?)`),
    list: database.prepare(`${shown} WHERE (state <> 'running' OR held > 0) AND coalesce(state = ?, TRUE) ORDER BY number DESC LIMIT ?`),
    answer: database.prepare("SELECT answer, reasons FROM run_image WHERE run = ? AND digest = ? AND repository = ? AND registry = ?"),
    keep: database.prepare(
      // What was let through keeps its time: a step that a crash repeats does not count in another hour.
      `INSERT INTO run_image (run, digest, repository, registry, answer, reasons, at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET at = iif(answer = 'go', at, excluded.at), answer = excluded.answer, reasons = excluded.reasons`,
    ),
    stop: database.prepare(
      "UPDATE run SET state = 'stopped', stopped_at = ?, why = ?, stopper = ?, is_alerted = 1 WHERE number = ? AND state = 'running'",
    ),
    decide: database.prepare("UPDATE run SET state = ?, decided_at = ?, decided_by = ? WHERE id = ? AND state = 'stopped'"),
    waiting: database.prepare(
      `SELECT digest, repository, registry ${WAITING.replace("JOIN image", "JOIN run ON run.number = run_image.run JOIN image")} AND run.number = ?`,
    ),
    held: database.prepare(
      "SELECT count(*) AS held, count(*) FILTER (WHERE repository = ?2 AND registry = ?3) AS here FROM run_image WHERE run = ?1 AND answer = 'go'",
    ),
    images: database.prepare(
      `SELECT count(*) AS images ${IN_REPOSITORY} AND ${present("image")} AND (held = 0 OR EXISTS (${letThrough("image")}))`,
    ),
    heldSince: database.prepare("SELECT count(*) AS held FROM run_image WHERE answer = 'go' AND at >= ?"),
    others: database.prepare(`SELECT EXISTS (${otherTagged}) AS tagged, EXISTS (${otherTagged} AND verdict = 'compliant') AS compliant`),
  };
}

function replaceAll({ replaceStopped, replace }: Statements, id: string, now: number): void {
  const by: Actor = { name: "moorgate", reason: `the policy changed; ${id} takes its place` };
  replaceStopped.run(now, JSON.stringify(by), id);
  replace.run(id);
}

function factsOf(statements: Statements, row: Row, { image }: AskedHold, now: Instant): RunFacts {
  const number = whole(row, "number");
  const why = textOrNone(row, "why");
  const before = statements.answer.get(number, ...keyOf(image));
  return {
    state: oneOf(RUN_STATES, row, "state"),
    ...(why === undefined ? {} : { why }),
    ...(before === undefined
      ? {}
      : { before: { answer: oneOf(["go", "wait"], before, "answer"), reasons: body<readonly string[]>(before, "reasons") } }),
    soFar: () => soFar(statements, number, image, now),
  };
}

function soFar(
  { held, images, others, heldSince }: Statements,
  number: number,
  { repository, registry, digest }: ImageKey,
  now: Instant,
): SoFar {
  const counted = held.get(number, repository, registry);
  const rest = others.get(number, repository, registry, digest);
  return {
    held: whole(counted, "held"),
    heldInRepository: whole(counted, "here"),
    imagesInRepository: whole(images.get(number, repository, registry), "images"),
    isLastTagged: whole(rest, "tagged") === 0,
    isLastCompliant: whole(rest, "compliant") === 0,
    heldInHour: whole(heldSince.get(now - HOUR), "held"),
  };
}

function waits(row: Row, image: ImageKey): WeighedHold {
  const at = wholeOrNone(row, "stopped_at");
  if (at === undefined || textOrNone(row, "stopper") !== printImageKey(image)) return { kind: "wait" };
  const stopped = { id: text(row, "id"), cause: oneOf(RUN_CAUSES, row, "cause"), at: instant(at), why: text(row, "why") };
  return { kind: "wait", stopped };
}

function runOf(row: Row): Run {
  const stoppedAt = wholeOrNone(row, "stopped_at");
  const decidedAt = wholeOrNone(row, "decided_at");
  return {
    id: text(row, "id"),
    cause: oneOf(RUN_CAUSES, row, "cause"),
    startedAt: instant(whole(row, "started_at")),
    state: oneOf(RUN_STATES, row, "state"),
    held: whole(row, "held"),
    waiting: whole(row, "waiting"),
    ...(stoppedAt === undefined ? {} : { stop: { at: instant(stoppedAt), why: text(row, "why") } }),
    ...(decidedAt === undefined ? {} : { decided: { at: instant(decidedAt), by: body<Actor>(row, "decided_by") } }),
  };
}

function keyOf({ digest, repository, registry }: ImageKey): [string, string, string] {
  return [digest, repository, registry];
}

function imageOf(row: Row): ImageKey {
  return parseImageKey(`${text(row, "registry")}/${text(row, "repository")}@${text(row, "digest")}`);
}
