import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Certificate, readCertificate } from "../../shared/signatures/x509.ts";
import { run } from "../running/programs.ts";

/** An authority kept with `openssl ca`, whose lists and answers it serves on this machine. */
export interface OpensslAuthority {
  readonly host: string;
  readonly root: Certificate;
  /** `asks`: where its certificate says to ask. */
  issue(name: string, profile: "signer" | "responder" | "free_responder", asks?: "ocsp" | "crl" | "both"): Promise<Certificate>;
  revoke(name: string, ...how: readonly string[]): Promise<void>;
  /** Publishes the list as it is now; `section` of the configuration: what stands in its extensions. */
  publish(path: string, section?: string): Promise<void>;
  /** Who answers from now on. */
  answerAs(name: string): void;
  close(): Promise<void>;
}

/** @param algorithm of the authority's key, as `openssl req -newkey` takes it */
export async function openAuthority(dir: string, algorithm: readonly string[]): Promise<OpensslAuthority> {
  mkdirSync(join(dir, "certs"), { recursive: true });
  let responder = "";
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const at = (file: string): string => join(dir, file);
  const openssl = (...args: readonly string[]): Promise<string> => run("openssl", args, { cwd: dir });
  writeFileSync(at("ca.cnf"), configuration(host));
  for (const [file, text] of [
    ["index.txt", ""],
    ["index.txt.attr", ""],
    ["serial", "1001\n"],
    ["crlnumber", "01\n"],
  ] as const)
    writeFileSync(at(file), text);
  const key = (name: string, of: readonly string[]): readonly string[] => ["-newkey", ...of, "-nodes", "-keyout", `${name}.key`];
  const subject = (name: string): readonly string[] => ["-subj", `/C=US/ST=WA/O=acme.example/CN=${name}`];
  const own = ["-x509", "-days", "30", "-extensions", "authority", "-out", "root.pem", "-config", "ca.cnf"];
  await openssl("req", ...own, ...key("root", algorithm), ...subject("root"));

  async function read(name: string): Promise<Certificate> {
    await openssl("x509", "-in", `${name}.pem`, "-outform", "DER", "-out", `${name}.der`);
    return readCertificate(readFileSync(at(`${name}.der`)));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const [, path = "", asked] = new URL(request.url ?? "", "http://x").pathname.split("/");
    if (path !== "ocsp") return void (existsSync(at(path)) ? response.end(readFileSync(at(path))) : response.writeHead(404).end());
    // RFC 6960, A.1: a short question may stand in the address.
    writeFileSync(at("request.der"), asked === undefined ? body : Buffer.from(decodeURIComponent(asked), "base64"));
    const signer = ["-rsigner", `${responder}.pem`, "-rkey", `${responder}.key`, "-rmd", "sha256", "-ndays", "1"];
    await openssl("ocsp", "-index", "index.txt", "-CA", "root.pem", ...signer, "-reqin", "request.der", "-respout", "answer.der");
    response.writeHead(200, { "content-type": "application/ocsp-response" }).end(readFileSync(at("answer.der")));
  }

  return {
    host,
    root: await read("root"),
    async issue(name, profile, asks) {
      await openssl(
        "req",
        ...key(name, ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        ...subject(name),
        "-out",
        `${name}.csr`,
        "-config",
        "ca.cnf",
      );
      const section = asks === undefined ? profile : `${profile}_${asks}`;
      await openssl("ca", "-config", "ca.cnf", "-batch", "-notext", "-extensions", section, "-in", `${name}.csr`, "-out", `${name}.pem`);
      return read(name);
    },
    revoke: async (name, ...how) => void (await openssl("ca", "-config", "ca.cnf", "-revoke", `${name}.pem`, ...how)),
    async publish(path, section) {
      const extensions = section === undefined ? [] : ["-crlexts", section];
      await openssl("ca", "-config", "ca.cnf", "-gencrl", ...extensions, "-out", "list.pem");
      await openssl("crl", "-in", "list.pem", "-outform", "DER", "-out", path);
    },
    answerAs(name) {
      responder = name;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function configuration(host: string): string {
  const uses: Readonly<Record<string, string>> = {
    signer: "keyUsage=critical,digitalSignature",
    responder: "keyUsage=critical,digitalSignature\nextendedKeyUsage=OCSPSigning",
    free_responder: "keyUsage=critical,digitalSignature\nextendedKeyUsage=OCSPSigning\nnoCheck=ignored",
  };
  const asks: Readonly<Record<string, string>> = {
    "": "",
    _ocsp: `authorityInfoAccess=OCSP;URI:http://${host}/ocsp`,
    _crl: `crlDistributionPoints=URI:http://${host}/root.crl`,
    _both: `authorityInfoAccess=OCSP;URI:http://${host}/ocsp\ncrlDistributionPoints=URI:http://${host}/root.crl`,
  };
  const profiles = Object.entries(uses).flatMap(([name, use]) =>
    Object.entries(asks).map(([end, ask]) => `[${name}${end}]\n${use}\n${ask}\n`),
  );
  return `[ca]
default_ca=own
[own]
database=index.txt
new_certs_dir=certs
certificate=root.pem
private_key=root.key
serial=serial
crlnumber=crlnumber
default_md=sha256
default_days=20
default_crl_days=1
policy=any
unique_subject=no
[any]
countryName=optional
stateOrProvinceName=optional
organizationName=optional
commonName=supplied
[req]
distinguished_name=name
[name]
[authority]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
[plain_list]
authorityKeyIdentifier=keyid
[scoped_list]
issuingDistributionPoint=critical,@scope
[scope]
fullname=URI:http://${host}/root.crl
onlyuser=TRUE
[list_with_changes]
freshestCRL=URI:http://${host}/changes.crl
[changes]
deltaCRL=critical,ASN1:INTEGER:1
${profiles.join("")}`;
}
