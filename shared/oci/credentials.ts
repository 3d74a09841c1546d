import { readFile } from "node:fs/promises";
import type { RegistryHost } from "../domain/image-ref.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Basic, Credentials } from "../ports/provider.ts";
import { readJson } from "../runtime/json.ts";
import { askCredentialHelper } from "./docker-credential.ts";
import { type Members, malformed, readObject, readOptionalText } from "./document.ts";

const CONFIG_BYTES = 1024 * 1024;
/** Under which `docker login` files Docker Hub. */
const HUB_KEY = "https://index.docker.io/v1/";
const HUB_HOSTS: readonly string[] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/** Credentials that `docker login` stored for exactly this host, read anew each time: tokens in there change. */
export function dockerCredentials(configFile: string, host: RegistryHost): Credentials {
  return async (signal) => {
    const config = await readConfig(configFile);
    if (config === undefined) return undefined;
    const place = configFile;
    const names = HUB_HOSTS.includes(host) ? [HUB_KEY, ...HUB_HOSTS] : [host];
    const helpers = readObject(config["credHelpers"] ?? {}, `${place}.credHelpers`);
    const helper = names.map((name) => helpers[name]).find((value) => value !== undefined) ?? config["credsStore"];
    const program = readOptionalText(helper, `${place}: credential helper`);
    const stored = program === undefined ? undefined : await askCredentialHelper(program, names[0] ?? host, signal);
    return stored ?? readEntry(readObject(config["auths"] ?? {}, `${place}.auths`), names, place);
  };
}

async function readConfig(configFile: string): Promise<Members | undefined> {
  try {
    const bytes = await readFile(configFile);
    return readObject(readJson(bytes, { maxBytes: CONFIG_BYTES, maxDepth: 16, place: configFile }), configFile);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    if (error instanceof AdapterError) throw error;
    throw new AdapterError("unauthorized", `${configFile}: cannot be read`, { cause: error });
  }
}

function readEntry(auths: Members, names: readonly string[], place: string): Basic | undefined {
  const key = Object.keys(auths).find((name) => names.includes(name)) ?? Object.keys(auths).find((name) => names.includes(hostOf(name)));
  if (key === undefined) return undefined;
  const entry = readObject(auths[key], `${place}.auths`);
  const token = readOptionalText(entry["identitytoken"], `${place}: identity token`);
  if (token !== undefined) return { username: "<token>", password: token, kind: "identity-token" };
  const auth = readOptionalText(entry["auth"], `${place}: auth`);
  return auth === undefined ? readPlain(entry, place) : decodeAuth(auth, place);
}

/** Host of a key with scheme or API path, as old clients wrote them. A key with another path (`quay.io/team`) is for that path only. */
function hostOf(key: string): string {
  return /^(?:https?:\/\/)?(?<host>[^/]+)(?:\/(?:v[12]\/?)?)?$/i.exec(key)?.groups?.["host"]?.toLowerCase() ?? "";
}

function readPlain(entry: Members, place: string): Basic | undefined {
  const username = readOptionalText(entry["username"], `${place}: username`);
  const password = readOptionalText(entry["password"], `${place}: password`);
  return username === undefined || password === undefined ? undefined : { username, password, kind: "password" };
}

function decodeAuth(auth: string, place: string): Basic {
  const text = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = text.indexOf(":");
  if (colon < 1) throw malformed(place, "an auth entry is not user:password in base64");
  return { username: text.slice(0, colon), password: text.slice(colon + 1), kind: "password" };
}
