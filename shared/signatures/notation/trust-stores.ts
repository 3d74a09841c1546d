import type { NotationTrust } from "../../ports/notation-trust.ts";
import { malformed } from "../der.ts";
import { decodeBase64 } from "../strict.ts";
import { type Certificate, readCertificate } from "../x509.ts";
import { readTrustPolicy, type Statement } from "./trust-policy.ts";

/** Trust whose files have been read. */
export interface ReadTrust {
  readonly policy: readonly Statement[];
  /** By `type:name`. */
  readonly stores: ReadonlyMap<string, readonly Certificate[]>;
}

/**
 * Reads the files of Notation's trust; whoever takes in a policy can call it to tell early what is wrong.
 * @throws AdapterError malformed, too-large. ParseError: what the specification forbids
 */
export function readTrust({ policy, stores }: NotationTrust): ReadTrust {
  const read = Object.entries(stores).map(([name, files]) => [name, files.flatMap((file) => readCertificates(file, name))] as const);
  return { policy: readTrustPolicy(policy), stores: new Map(read) };
}

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g;

// A file holds PEM certificates one after the other, or one certificate in DER, which begins with a SEQUENCE.
function readCertificates(file: Uint8Array, store: string): readonly Certificate[] {
  if (file[0] === 0x30) return [readCertificate(file)];
  const text = Buffer.from(file).toString("latin1");
  const bodies = [...text.matchAll(PEM)].map(([, body = ""]) => decodeBase64(body.replace(/\s/g, "")));
  if (bodies.length === 0 || text.split("-----BEGIN").length !== bodies.length + 1)
    throw malformed(`trust store ${store}`, "a file without certificates, or with something else");
  return bodies.map((body) => readCertificate(body ?? new Uint8Array()));
}
