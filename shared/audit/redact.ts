import type { Json } from "./json.ts";

interface Shape {
  readonly name: string;
  readonly pattern: RegExp;
  /** What is kept before and after the secret. */
  readonly replacement: string;
}

const HIDDEN = "[redacted]";

// Shapes of credentials that get into free text: messages of registries, reports and people. Each repetition is bounded.
const SHAPES: readonly Shape[] = [
  {
    name: "private key",
    pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----)?/g,
    replacement: HIDDEN,
  },
  { name: "credentials in a URL", pattern: /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#"'<>]{1,500}@/gi, replacement: `$1${HIDDEN}@` },
  // "Basic authentication" and "bearer token" are words; a credential has a digit or a sign, or is long.
  {
    name: "authorization header",
    pattern: /\b(bearer|basic)(\s{1,10})(?=[a-z0-9._~+/-]{0,100}[0-9=]|[a-z~/+_.-]{20})[a-z0-9._~+/-]{8,4000}={0,3}/gi,
    replacement: `$1$2${HIDDEN}`,
  },
  {
    name: "JSON Web Token",
    pattern: /\beyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{2,8000}(?:\.[A-Za-z0-9_-]{0,4000})?/g,
    replacement: HIDDEN,
  },
  { name: "AWS access key", pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g, replacement: HIDDEN },
  { name: "token of a code host", pattern: /\b(?:gh[pousr]_|github_pat_|glpat-|dckr_pat_)[A-Za-z0-9_-]{20,255}/g, replacement: HIDDEN },
  { name: "webhook secret", pattern: /\bwhs(?:ec|k)_[A-Za-z0-9+/]{16,200}={0,2}/g, replacement: HIDDEN },
];

/** Text without what looks like a credential. Doing it again changes nothing. */
export function redactText(text: string): string {
  return SHAPES.reduce((rest, { pattern, replacement }) => rest.replace(pattern, replacement), text);
}

/** The same for every string of a value; nothing leaves the gate without it. */
export function redact<T extends Json>(value: T): T;
export function redact(value: Json): Json {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((item) => redact(item));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, redact(member)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
