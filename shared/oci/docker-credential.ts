import { execFile } from "node:child_process";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Basic } from "../ports/provider.ts";
import { readJson } from "../runtime/json.ts";
import { malformed, readObject, readText } from "./document.ts";

const OUTPUT_BYTES = 256 * 1024;
const TIMEOUT_MS = 10_000;

/**
 * Runs `docker-credential-NAME get` (docker-credential-helpers protocol): the server on stdin, JSON on stdout.
 * @returns undefined where the helper says that it has nothing
 * @throws AdapterError unauthorized, malformed; never with what the helper printed, which may hold the secret
 */
export async function askCredentialHelper(name: string, server: string, signal?: AbortSignal): Promise<Basic | undefined> {
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) throw malformed("credential helper", "its name has characters that no program's has");
  const program = `docker-credential-${name}`;
  const { failed, output } = await run(program, server, signal);
  if (failed && /credentials not found/i.test(output)) return undefined;
  if (failed)
    throw new AdapterError("unauthorized", `${program}: gave no credentials for ${server}`, {
      mend: `run: echo ${server} | ${program} get`,
    });
  const place = `answer of ${program}`;
  const members = readObject(readJson(Buffer.from(output), { maxBytes: OUTPUT_BYTES, maxDepth: 8, place }), place);
  const username = readText(members["Username"], `${place}: Username`);
  const password = readText(members["Secret"], `${place}: Secret`);
  return { username, password, kind: username === "<token>" ? "identity-token" : "password" };
}

function run(
  program: string,
  input: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly failed: boolean; readonly output: string }> {
  const limits = { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES, killSignal: "SIGKILL", windowsHide: true, signal } as const;
  return new Promise((resolve) => {
    const child = execFile(program, ["get"], limits, (error, stdout) => resolve({ failed: error !== null, output: stdout }));
    // A helper that ends without reading closes the pipe; its exit tells what happened.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
