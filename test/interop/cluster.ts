import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { freePort, type Started, start, until } from "../running/process.ts";
import { findProgram, run } from "../running/programs.ts";

const ADMIN = "the-token-of-the-administrator";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** What the API server would have kubectl print as warnings. */
  readonly warnings: readonly string[];
}

/** A real API server over a real etcd, without any node: what is created there is stored and never started. Ends only what it started. */
export interface Cluster {
  readonly url: string;
  /** Certificate of its authority, in PEM. */
  readonly ca: string;
  /** @param as who asks; absent: the administrator. */
  ask(method: string, path: string, body?: object, as?: string): Promise<Answer>;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const dir = mkdtempSync(join(tmpdir(), "moorgate-cluster-"));
  const started: Started[] = [];
  const stop = async (): Promise<void> => {
    for (const each of [...started].reverse()) await each.end("SIGTERM");
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const store = await startEtcd(dir, started);
    const port = await freePort();
    const server = start(findProgram("kube-apiserver"), await apiServerArguments(dir, store, port), { cwd: dir });
    started.push(server);
    const ca = (): string => readFileSync(join(dir, "certs/apiserver.crt"), "utf8");
    const url = `https://127.0.0.1:${port}`;
    const ask: Cluster["ask"] = (method, path, body, as) => send({ ca: ca(), url: new URL(path, url), method, body, as });
    await until("the API server to be ready", async () => ((await ask("GET", "/readyz")).status === 200 ? true : undefined), 60_000).catch(
      (error: unknown) => {
        throw new Error(`the API server did not start: ${server.output()}`, { cause: error });
      },
    );
    return { url, ca: ca(), ask, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEtcd(dir: string, started: Started[]): Promise<string> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const listens = ["--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer];
  const args = [
    "--data-dir",
    join(dir, "etcd"),
    "--unsafe-no-fsync",
    "--initial-advertise-peer-urls",
    peer,
    "--initial-cluster",
    `default=${peer}`,
  ];
  started.push(start(findProgram("etcd"), [...args, ...listens, "--log-level", "error"], { cwd: dir }));
  await until("etcd to answer", async () => ((await fetch(`${client}/health`)).ok ? true : undefined));
  return client;
}

/** Kubernetes documentation, "kube-apiserver": without kubelets, controllers or a service network that anybody uses. */
async function apiServerArguments(dir: string, store: string, port: number): Promise<readonly string[]> {
  mkdirSync(join(dir, "certs"));
  const key = join(dir, "accounts.key");
  await run("openssl", ["genrsa", "-out", key, "2048"]);
  const tokens = join(dir, "tokens.csv");
  writeFileSync(tokens, `${ADMIN},admin,1,"system:masters"\n`);
  const network = ["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--service-cluster-ip-range=10.0.0.0/24"];
  const accounts = ["issuer=https://127.0.0.1", `key-file=${key}`, `signing-key-file=${key}`].map((each) => `--service-account-${each}`);
  const rest = [`--etcd-servers=${store}`, `--secure-port=${port}`, `--cert-dir=${join(dir, "certs")}`, `--token-auth-file=${tokens}`];
  // No controller makes the default account of a namespace.
  return [...network, ...accounts, ...rest, "--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount"];
}

interface Sent {
  readonly ca: string;
  readonly url: URL;
  readonly method: string;
  readonly body: object | undefined;
  readonly as: string | undefined;
}

function send({ ca, url, method, body, as }: Sent): Promise<Answer> {
  const user = as === undefined ? {} : { "impersonate-user": as };
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const headers = { authorization: `Bearer ${ADMIN}`, "content-type": type, ...user };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, ca }, (response) => {
      const warnings = [response.headers["warning"] ?? []].flat();
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: read(answer), warnings }), reject);
    });
    asked.on("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function read(answer: string): unknown {
  return answer.startsWith("{") ? JSON.parse(answer) : answer;
}
