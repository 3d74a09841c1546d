import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ParseError } from "../../domain/parse-error.ts";
import type { Environment } from "../../runtime/config.ts";
import type { ClusterAccess } from "./cluster.ts";

/** Where a pod finds its service account (Kubernetes documentation, "Accessing the Kubernetes API from a Pod"). */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The cluster that this process runs in, by its pod's service account. @throws ParseError where it runs in none */
export function ownCluster(environment: Environment, account: string = ACCOUNT): ClusterAccess {
  const [host, port] = [environment["KUBERNETES_SERVICE_HOST"] ?? "", environment["KUBERNETES_SERVICE_PORT"] ?? "443"];
  const server = URL.parse(`https://${host.includes(":") ? `[${host}]` : host}:${port}`);
  if (host === "" || server === null)
    throw new ParseError(
      "--in-cluster",
      "KUBERNETES_SERVICE_HOST is not set, so this is no pod",
      "run it in the cluster, or use --kubeconfig",
    );
  return { server, authorization: `Bearer ${read(account, "token").trim()}`, tls: { ca: read(account, "ca.crt") } };
}

function read(account: string, name: string): string {
  try {
    return readFileSync(join(account, name), "utf8");
  } catch {
    throw new ParseError("--in-cluster", `the service account's ${name} cannot be read`, "let the pod mount its service account's token");
  }
}
