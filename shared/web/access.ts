import { createHash, timingSafeEqual } from "node:crypto";
import { ParseError } from "../domain/parse-error.ts";
import type { Role } from "../domain/role.ts";

/** A bearer token as the app keeps it: its SHA-256, so that neither a log nor a heap dump shows the token. */
export interface AccessToken {
  /** The person whom it belongs to: stands in the journal, whatever a request claims. */
  readonly name: string;
  readonly roles: readonly Role[];
  readonly sha256: Uint8Array;
  /** Nobody in particular has it: who says so stands beside its name. */
  readonly isShared?: true;
}

/** @throws ParseError on a token that could be guessed. */
export function accessToken(name: string, roles: readonly Role[], text: string): AccessToken {
  if (text.length < 16) throw new ParseError(`token ${name}`, "is shorter than 16 characters", "make one: openssl rand -hex 24");
  return { name, roles, sha256: sha256(text) };
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

/** Whoever acts or approves has to see what it is about. */
const READING: readonly Role[] = ["reader", "operator", "approver"];

export function may({ roles }: Pick<AccessToken, "roles">, needed: Role): boolean {
  return roles.some((role) => role === needed || (needed === "reader" && READING.includes(role)));
}

/** Why somebody may not, and what to do about it. */
export function refusedRole({ name, roles }: AccessToken, needed: Role): { readonly why: string; readonly mend: string } {
  const has = `${roles.length === 1 ? "the role" : "the roles"} ${roles.join(", ")}`;
  return {
    why: `${name} has ${has}, and this needs ${needed}.`,
    mend: `Ask somebody who has the role ${needed}, or have it added to ${name} under people in moorgate.yaml.`,
  };
}

function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
