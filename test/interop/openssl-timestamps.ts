import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { STAMPER } from "../fixtures/revocation.ts";
import { pem } from "../fixtures/sigstore-log.ts";
import { authority, certify, type Made, name } from "../fixtures/x509.ts";
import { run } from "../running/programs.ts";

/** A timestamp authority (RFC 3161) of this machine, whose words are `openssl ts`'s. */
export interface TimestampServer {
  readonly url: string;
  readonly root: Made;
  /** File with the root, PEM. */
  readonly rootFile: string;
  close(): Promise<void>;
}

const CONFIGURATION = `[tsa]
serial = serial
default_policy = 1.2.3.4.1
signer_digest = sha256
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
ess_cert_id_chain = no
`;

export async function openTimestamps(dir: string): Promise<TimestampServer> {
  mkdirSync(dir, { recursive: true });
  const root = certify({ subject: name(["CN", "time root"]), extensions: authority() });
  const stamper = certify({ subject: name(["CN", "time"]), issuer: root, serial: 9, extensions: STAMPER });
  const at = (file: string): string => join(dir, file);
  writeFileSync(at("root.pem"), pem("CERTIFICATE", root.bytes));
  writeFileSync(at("stamper.pem"), pem("CERTIFICATE", stamper.bytes));
  writeFileSync(at("stamper.key"), stamper.privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(at("ts.cnf"), CONFIGURATION);
  writeFileSync(at("serial"), "01\n");
  async function answer(request: Buffer): Promise<Buffer> {
    writeFileSync(at("query.der"), request);
    const who = ["-signer", "stamper.pem", "-inkey", "stamper.key", "-chain", "root.pem"];
    await run("openssl", ["ts", "-reply", "-config", "ts.cnf", "-section", "tsa", "-queryfile", "query.der", ...who, "-out", "reply.der"], {
      cwd: dir,
    });
    return readFileSync(at("reply.der"));
  }
  const server = createServer((request, response) => {
    void buffer(request)
      .then(answer)
      .then(
        (reply) => response.writeHead(200, { "content-type": "application/timestamp-reply" }).end(reply),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    root,
    rootFile: at("root.pem"),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
