import { ParseError } from "../../shared/domain/parse-error.ts";
import type { Environment } from "../../shared/runtime/config.ts";
import { readJson } from "../../shared/runtime/json.ts";

/** What Secrets Manager keeps in one secret. */
const MOST_BYTES = 65_536;
const MEND = 'write it as one JSON object of texts: {"NAME": "value"}';

/** Asks for the text of a secret by its name or ARN. */
export type AskSecret = (id: string) => Promise<string | undefined>;

/**
 * The environment, and beside it what one secret holds: settings name both as `env:NAME`. Nothing in the secret can change what the environment sets: the name of
 * the table, or whose credentials these are.
 * @throws ParseError that quotes nothing of the secret
 */
export async function withSecrets(
  environment: Environment,
  id: string | undefined,
  ask: AskSecret = askSecretsManager,
): Promise<Environment> {
  if (id === undefined) return environment;
  const text = await ask(id);
  if (text === undefined) throw new ParseError("MOORGATE_SECRETS", "the secret holds no text", MEND);
  return { ...readSecrets(text), ...environment };
}

function readSecrets(text: string): Readonly<Record<string, string>> {
  const document = readJson(Buffer.from(text), { maxBytes: MOST_BYTES, maxDepth: 1, place: "MOORGATE_SECRETS" });
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw new ParseError("MOORGATE_SECRETS", "the secret is no object", MEND);
  return Object.fromEntries(
    Object.entries(document).map(([name, value]: [string, unknown]) => {
      if (typeof value !== "string") throw new ParseError("MOORGATE_SECRETS", `${name} is no text`, MEND);
      return [name, value];
    }),
  );
}

/** The client is loaded only where a secret is named. */
async function askSecretsManager(id: string): Promise<string | undefined> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
  const client = new SecretsManagerClient({});
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId: id }))).SecretString;
  } finally {
    client.destroy();
  }
}
