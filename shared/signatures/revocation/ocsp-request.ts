import { createHash } from "node:crypto";
import { INTEGER, NULL, OCTET_STRING, OID, SEQUENCE } from "../der.ts";
import { keyBits } from "./ocsp.ts";
import type { Issued } from "./status.ts";

const SHA_1 = Buffer.of(0x2b, 0x0e, 0x03, 0x02, 0x1a);

/** The question for one certificate (RFC 6960, 4.1), in DER. It names issuer and key by SHA-1, which every responder knows. */
export function encodeOcspRequest({ certificate, issuer }: Issued): Uint8Array {
  const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();
  const id = element(
    SEQUENCE,
    element(SEQUENCE, element(OID, SHA_1), element(NULL)),
    element(OCTET_STRING, sha1(issuer.subject)),
    element(OCTET_STRING, sha1(keyBits(issuer))),
    element(INTEGER, certificate.serial),
  );
  // Request in a list, in the part that could be signed, in the whole.
  return element(SEQUENCE, element(SEQUENCE, element(SEQUENCE, element(SEQUENCE, id))));
}

function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  // A serial number has 20 bytes at most, so the whole stays under 256.
  const head = content.length < 0x80 ? [tag, content.length] : [tag, 0x81, content.length];
  return Buffer.concat([Buffer.from(head), content]);
}
