import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { ParseError, quote } from "../../domain/parse-error.ts";
import type { ClusterAccess } from "./cluster.ts";

// client.authentication of kubeconfig v1. What is not read here is refused, not passed over: another account or server would be asked.
const CLUSTER = z.object({
  server: z.url({ protocol: /^https?$/ }),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.base64().optional(),
  "tls-server-name": z.string().optional(),
  "insecure-skip-tls-verify": z.boolean().optional(),
  "proxy-url": z.string().optional(),
});
const USER = z.looseObject({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  "client-certificate": z.string().optional(),
  "client-certificate-data": z.base64().optional(),
  "client-key": z.string().optional(),
  "client-key-data": z.base64().optional(),
});
const CONFIG = z.object({
  "current-context": z.string().optional(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(z.object({ name: z.string(), cluster: CLUSTER })),
  users: z.array(z.object({ name: z.string(), user: USER.nullish() })),
});
type Cluster = z.output<typeof CLUSTER>;
type User = z.output<typeof USER>;

const MOST_CHARACTERS = 1024 * 1024;

/**
 * The cluster and account of a context. Programs that get a token (`exec`, `auth-provider`), passwords, proxies and unchecked servers are
 * refused.
 * @throws ParseError
 */
export function readKubeconfig(file: string, context?: string): ClusterAccess {
  const config = parseConfig(textOf(file, file), file);
  const name = context ?? config["current-context"] ?? "";
  const found = config.contexts.find((each) => each.name === name)?.context;
  if (found === undefined) throw new ParseError(file, `there is no context ${quote(name)}`, "name one with --context");
  const cluster = config.clusters.find((each) => each.name === found.cluster)?.cluster;
  const user = config.users.find((each) => each.name === found.user)?.user;
  if (cluster === undefined || user === undefined || user === null)
    throw new ParseError(file, `the context ${quote(name)} names a cluster or user that is not there`, "mend the file");
  refuseUnread(cluster, user, file);
  const authorization = bearerOf(user, file);
  return {
    server: new URL(cluster.server),
    ...(authorization === undefined ? {} : { authorization }),
    tls: {
      ...pem("ca", file, cluster["certificate-authority-data"], cluster["certificate-authority"]),
      ...pem("cert", file, user["client-certificate-data"], user["client-certificate"]),
      ...pem("key", file, user["client-key-data"], user["client-key"]),
      ...(cluster["tls-server-name"] === undefined ? {} : { servername: cluster["tls-server-name"] }),
    },
  };
}

function parseConfig(text: string, file: string): z.output<typeof CONFIG> {
  if (text.length > MOST_CHARACTERS) throw new ParseError(file, "it is too long for a kubeconfig", "name another file");
  const read = CONFIG.safeParse(yamlOf(text, file));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new ParseError(
    file,
    `no kubeconfig: ${issue?.path.map(String).join(".") ?? "it"}: ${issue?.message ?? "unreadable"}`,
    "mend the file",
  );
}

function yamlOf(text: string, file: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    // The parser's message quotes the text, which holds keys.
    throw new ParseError(file, "not YAML", "name a kubeconfig");
  }
}

function refuseUnread(cluster: Cluster, user: User, file: string): void {
  const unread = ["exec", "auth-provider", "username", "as"].find((name) => user[name] !== undefined);
  if (unread !== undefined)
    throw new ParseError(
      file,
      `its user has ${quote(unread)}, which is not supported`,
      "pipe the list instead: kubectl get pods -A -o json | moorgate report-usage --place NAME -",
    );
  if (cluster["insecure-skip-tls-verify"] === true || cluster["proxy-url"] !== undefined)
    throw new ParseError(
      file,
      "it asks for an unchecked server or a proxy, which is not supported",
      "give the server's certificate authority",
    );
}

function bearerOf({ token, tokenFile }: User, file: string): string | undefined {
  if (tokenFile !== undefined) return `Bearer ${textOf(beside(file, tokenFile), file).trim()}`;
  return token === undefined ? undefined : `Bearer ${token}`;
}

function pem<Name extends "ca" | "cert" | "key">(
  name: Name,
  file: string,
  inline?: string,
  path?: string,
): { readonly [key in Name]?: string } {
  if (inline === undefined && path === undefined) return {};
  const text = inline === undefined ? textOf(beside(file, path ?? ""), file) : Buffer.from(inline, "base64").toString("utf8");
  return { [name]: text } as { readonly [key in Name]: string };
}

/** As kubectl reads it: from the folder of the kubeconfig. */
function beside(file: string, path: string): string {
  return resolve(dirname(file), path);
}

function textOf(path: string, file: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new ParseError(file, `${path === file ? "it" : path} cannot be read (${code})`, "name a file that this user may read");
  }
}
