import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listCluster } from "../../../shared/usage/kubernetes/cluster.ts";
import { authority, certify, der, extension, type Made, name } from "../../fixtures/x509.ts";

/** A cluster has an authority of its own, and may know an account by its certificate. */

const YEARS = { notBefore: "2020-01-01T00:00:00Z", notAfter: "2049-01-01T00:00:00Z" };

const named = (text: string) => name(["CN", text]);
const root = certify({ subject: named("cluster-ca"), extensions: authority(), ...YEARS });
const loopback = extension("2.5.29.17", der(0x30, der(0x87, Buffer.of(127, 0, 0, 1))));
const issued = (subject: string, ...extensions: readonly Buffer[]): Made =>
  certify({ subject: named(subject), issuer: root, extensions, ...YEARS });
const server = issued("api", loopback);
const account = issued("reporter");

function pem(label: string, bytes: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString("base64")}\n-----END ${label}-----\n`;
}
const certificate = ({ bytes }: Made): string => pem("CERTIFICATE", bytes);
const key = ({ privateKey }: Made): string => privateKey.export({ type: "pkcs8", format: "pem" }).toString();

const heard: (string | undefined)[] = [];
const api = createServer({ cert: certificate(server), key: key(server), ca: certificate(root), requestCert: true }, (request, response) => {
  const { CN } = (request.socket as TLSSocket).getPeerCertificate().subject ?? {};
  heard.push(typeof CN === "string" ? CN : undefined);
  response.end(JSON.stringify({ apiVersion: "v1", kind: "PodList", items: [] }));
});

let address: URL;
beforeAll(async () => {
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  address = new URL(`https://127.0.0.1:${(api.address() as AddressInfo).port}`);
});
afterAll(() => {
  api.closeAllConnections();
  api.close();
});

test("a cluster is trusted by its own authority, and knows the account by its certificate", async () => {
  const tls = { ca: certificate(root), cert: certificate(account), key: key(account) };
  expect(await listCluster({ server: address, tls })).toHaveLength(6);
  expect(new Set(heard)).toEqual(new Set(["reporter"]));
});

test("a cluster of another authority is not asked, and the token stays here", async () => {
  heard.length = 0;
  const other = certify({ subject: named("cluster-ca"), extensions: authority(), ...YEARS });
  for (const tls of [{}, { ca: certificate(other) }]) {
    const listed = listCluster({ server: address, authorization: "Bearer secret", tls });
    await expect(listed).rejects.toMatchObject({ name: "AdapterError", code: "unreachable", retryable: false });
  }
  expect(heard).toEqual([]);
});
