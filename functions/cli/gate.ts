import { readFileSync } from "node:fs";
import type * as z from "zod";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { readEnvironment } from "../../shared/runtime/config.ts";
import { request } from "../../shared/runtime/http.ts";
import { readJson } from "../../shared/runtime/json.ts";
import { ProblemSchema } from "../../shared/web/problem.ts";
import { exitOfProblem } from "./exit-code.ts";
import { CliError, failure, usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";
import { readGateFile } from "./gate-file.ts";

/** The operator API of a running gate. Answers are read by the schemas that the gate makes them with. */
export interface Gate {
  readonly url: string;
  get<T>(path: string, answer: z.ZodType<T>): Promise<T>;
  post<T>(path: string, body: unknown, answer: z.ZodType<T>): Promise<T>;
}

const MAX_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 120_000;
const DEFAULT_STATE = ".moorgate";

export function stateFolder(flags: Flags): string {
  return flags.text("state") ?? readEnvironment()["MOORGATE_STATE"] ?? DEFAULT_STATE;
}

/** The flags that a next command needs to reach the same gate. */
export function sameGate(flags: Flags): string {
  const given = [
    ["--state", flags.text("state")],
    ["--url", flags.text("url")],
    ["--token-file", flags.text("tokenFile")],
  ] as const;
  return given.flatMap(([flag, value]) => (value === undefined ? [] : [` ${flag} ${shellWord(value)}`])).join("");
}

function shellWord(text: string): string {
  return /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Finds the gate: the one that runs on the state folder, or the one at `--url` with the token of `--token-file` (`MOORGATE_URL`,
 * `MOORGATE_TOKEN_FILE`). The folder's token is never
 * sent to another address than the one that was written beside it.
 * @throws CliError
 */
export function openGate(flags: Flags): Gate {
  const { url, file } = named(flags);
  if (url !== undefined && file === undefined)
    throw usageError(
      "Could not ask the gate",
      "the address was given without --token-file",
      "name the file that holds the token: --token-file FILE, or MOORGATE_TOKEN_FILE",
    );
  const known = url === undefined ? readGateFile(stateFolder(flags)) : { url, token: "" };
  if (known === undefined) {
    throw failure(
      "no-gate",
      "Could not ask the gate",
      `none runs on the state folder ${stateFolder(flags)}`,
      "start it with `moorgate up`, or name another with --state, or --url and --token-file",
    );
  }
  return callGate(known.url, file === undefined ? known.token : readToken(file));
}

/** A pod has neither state folder nor flags of its own: what stands on the command line comes first. */
function named(flags: Flags): { readonly url: string | undefined; readonly file: string | undefined } {
  const [url, file] = [flags.text("url"), flags.text("tokenFile")];
  if (url !== undefined || flags.text("state") !== undefined) return { url, file };
  const environment = readEnvironment();
  return { url: environment["MOORGATE_URL"], file: file ?? environment["MOORGATE_TOKEN_FILE"] };
}

/** The gate at an address, with the token that belongs to it. */
export function callGate(base: string, token: string): Gate {
  const call = async <T>(method: "GET" | "POST", path: string, body: unknown, schema: z.ZodType<T>): Promise<T> => {
    const address = join(base, path);
    const answer = await request({
      url: address,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    return readAnswer(answer.status, answer.body, `${method} ${address.pathname}`, schema);
  };
  return {
    url: base,
    get: (path, answer) => call("GET", path, undefined, answer),
    post: (path, body, answer) => call("POST", path, body, answer),
  };
}

function join(base: string, path: string): URL {
  const url = URL.parse(path, base.endsWith("/") ? base : `${base}/`);
  if (url !== null) return url;
  throw usageError("Could not ask the gate", `${JSON.stringify(base)} is no address`, "give --url as https://host[:port]");
}

function readToken(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw usageError(
      "Could not ask the gate",
      `the token file ${file} cannot be read (${code})`,
      "name a file that you may read, for example STATE/token",
    );
  }
}

function readAnswer<T>(status: number, body: Uint8Array, place: string, schema: z.ZodType<T>): T {
  if (status !== 200) throw refusal(status, body, place);
  const read = schema.safeParse(readJson(body, { maxBytes: MAX_BYTES, maxDepth: 64, place }));
  if (read.success) return read.data;
  throw failure(
    "malformed",
    "Could not read the gate's answer",
    `${place} has another form than this version of moorgate knows`,
    "use the same version of moorgate for the gate and this command",
  );
}

/** The gate's own four parts where it sent them; another server's answer has none. */
function refusal(status: number, body: Uint8Array, place: string): CliError {
  const problem = ProblemSchema.safeParse(readProblem(body, place));
  if (!problem.success)
    return failure(
      "malformed",
      "Could not ask the gate",
      `${place} was answered with status ${status}`,
      "check that the address is that of a gate",
    );
  const { title, detail, meanwhile, next, type } = problem.data;
  const code = type.slice(type.lastIndexOf(":") + 1);
  return new CliError({ what: title, why: detail, meanwhile, next, code, exit: exitOfProblem(code) });
}

function readProblem(body: Uint8Array, place: string): unknown {
  try {
    return readJson(body, { maxBytes: MAX_BYTES, maxDepth: 64, place });
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}
