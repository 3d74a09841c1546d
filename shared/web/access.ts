import { createHash, timingSafeEqual } from "node:crypto";
import { ParseError } from "../domain/parse-error.ts";

/** A viewer reads; an operator also holds, releases, undoes, sweeps and posts reports. */
export type Role = "viewer" | "operator";

/** A bearer token as the app keeps it: its SHA-256, so that neither a log nor a heap dump shows the token. */
export interface AccessToken {
  /** Stands in the journal beside what was done with it. */
  readonly name: string;
  readonly role: Role;
  readonly sha256: Uint8Array;
}

/** @throws ParseError on a token that could be guessed. */
export function accessToken(name: string, role: Role, text: string): AccessToken {
  if (text.length < 16) throw new ParseError(`token ${name}`, "is shorter than 16 characters", "make one: openssl rand -hex 24");
  return { name, role, sha256: sha256(text) };
}

/** Compares digests, in constant time and with all tokens, so that time tells nothing about how close a guess was. */
export function findToken(tokens: readonly AccessToken[], presented: string): AccessToken | undefined {
  const digest = sha256(presented);
  let found: AccessToken | undefined;
  for (const token of tokens) {
    if (timingSafeEqual(digest, token.sha256)) found = token;
  }
  return found;
}

/** Credentials of an `Authorization: Bearer` header (RFC 6750, 2.1). */
export function bearerOf(header: string | undefined): string | undefined {
  return /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header ?? "")?.[1];
}

export function mayAct(role: Role, needed: Role): boolean {
  return role === "operator" || needed === "viewer";
}

function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
