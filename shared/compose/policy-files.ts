import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { ParseError } from "../domain/parse-error.ts";
import { includesOf, type PolicyText } from "../policy/document.ts";
import { matchesGlob } from "../policy/select.ts";
import { AdapterError } from "../ports/adapter-error.ts";

const BESIDE = "waivers.yaml";

/**
 * The files that a policy includes, each once, and `waivers.yaml` beside it where there is one.
 * @throws PolicyError where the policy cannot be read; ParseError where an included file cannot.
 */
export function readIncluded(text: string, file: string): readonly PolicyText[] {
  const folder = dirname(resolve(file));
  const named = includesOf({ text, file: nameFor(file) }).flatMap((path) =>
    path.includes("*") ? filesLike(folder, path) : [join(folder, path)],
  );
  const beside = existsSync(file) && existsSync(join(folder, BESIDE)) ? [join(folder, BESIDE)] : [];
  return [...new Set([...named, ...beside])]
    .filter((path) => path !== resolve(file))
    .map((path) => ({ file: nameFor(path), text: readText(path, "included file") }));
}

function filesLike(folder: string, path: string): readonly string[] {
  const within = join(folder, dirname(path));
  const pattern = path.slice(path.lastIndexOf("/") + 1);
  return namesIn(within)
    .filter((name) => matchesGlob(pattern, name))
    .sort()
    .map((name) => join(within, name));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new ParseError(
      nameFor(folder),
      `the folder cannot be read (${codeOf(error)})`,
      "make the folder, or take the path out of include",
    );
  }
}

/** As people would name it from here. */
export function nameFor(file: string): string {
  const near = relative("", file);
  return near === "" || near.startsWith("..") ? file : near;
}

/** @throws ParseError */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ParseError(file, `the ${what} cannot be read (${codeOf(error)})`, "give the path of a file that this user may read");
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
}

/** What a verifier would only tell with every signature is told when the policy is read. @throws ParseError */
export function whole<T>(file: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof AdapterError) throw new ParseError(nameFor(file), error.message, `give a whole ${what}`);
    if (error instanceof ParseError) throw new ParseError(nameFor(file), error.message, error.mend);
    throw error;
  }
}
