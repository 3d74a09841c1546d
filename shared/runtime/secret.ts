import { readFileSync } from "node:fs";
import { ParseError, quote } from "../domain/parse-error.ts";
import type { Environment } from "./config.ts";

/** A secret that does not print: only `reveal` gives it, at the one place that sends it. */
export interface Secret {
  reveal(): string;
  toJSON(): string;
}

export function secret(text: string): Secret {
  return { reveal: () => text, toJSON: () => "[secret]" };
}

/**
 * Resolves `env:NAME` or `file:PATH`. A secret written out in a settings file is refused: such files are shown, copied and committed.
 * @throws ParseError
 */
export function readSecret(reference: string, environment: Environment, place: string): Secret {
  const [, scheme, name = ""] = /^(env|file):(.+)$/s.exec(reference) ?? [];
  if (scheme === undefined) throw new ParseError(place, "a secret must not stand in this file", "write env:NAME or file:PATH");
  const text = scheme === "env" ? environment[name] : readSecretFile(name, place);
  if (text === undefined || text.trim() === "")
    throw new ParseError(
      place,
      `${quote(reference)} is empty or not set`,
      scheme === "env" ? `set the variable ${name}` : `write the secret into ${name}`,
    );
  return secret(text.trim());
}

function readSecretFile(path: string, place: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new ParseError(place, `${quote(path)} cannot be read (${code})`, "give a file that this user may read");
  }
}
