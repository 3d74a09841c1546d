/** One way to authenticate that a server offers (RFC 9110 11.6.1). Names in lower case; of a repeated parameter the first counts. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const MOST_CHALLENGES = 16;
// RFC 9110 5.6.2 tokens; `/`, `:`, `@` and `?` are added because servers write URLs without quotes.
const WORD = "[!#$%&'*+\\-.^_`|~0-9A-Za-z/:@?]+";
const PARAMETER = `(?<name>${WORD})[ \\t]*=[ \\t]*(?:"(?<quoted>(?:[^"\\\\]|\\\\.)*)"|(?<plain>${WORD})?=*)`;
const PART = `[ \\t]*(?:,|${PARAMETER}|(?<scheme>${WORD}))`;

/**
 * Reads a WWW-Authenticate header. Several challenges may stand in one header, separated by the same comma as their parameters; only the
 * equals sign tells a parameter from the next scheme. Never throws: what cannot be read ends the list.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { readonly scheme: string; readonly parameters: Map<string, string> }[] = [];
  const part = new RegExp(PART, "sy");
  for (let found = part.exec(header); found !== null && challenges.length < MOST_CHALLENGES; found = part.exec(header)) {
    const { scheme, name, quoted, plain } = found.groups ?? {};
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    const parameters = challenges.at(-1)?.parameters;
    if (name === undefined || parameters === undefined || parameters.has(name.toLowerCase())) continue;
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/gs, "$1") ?? plain ?? "");
  }
  return challenges;
}
