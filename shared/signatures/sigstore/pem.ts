import { decodeBase64 } from "../strict.ts";

const BLOCK = /^-----BEGIN (CERTIFICATE|PUBLIC KEY)-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n?-----END \1-----\s*$/;

/** Bytes of the one PEM block (RFC 7468) that a text is: a certificate or a public key; `undefined` for anything else. */
export function derOfPem(text: string): Buffer | undefined {
  return blockOf(text)?.der;
}

/** Bytes of the one certificate that a text is, in PEM. A bare public key is none (GHSA-fx35-mq7g-6g98). */
export function certificateOfPem(text: string): Buffer | undefined {
  const block = blockOf(text);
  return block?.label === "CERTIFICATE" ? block.der : undefined;
}

/** The certificates of a PEM text, one after the other; `undefined` where there is anything else in it. */
export function certificatesOfPem(text: string): readonly Buffer[] | undefined {
  const blocks = text.split(/(?<=-----END CERTIFICATE-----\r?\n)/).map((block) => block.trim());
  const certificates = blocks.filter((block) => block !== "").map(certificateOfPem);
  return certificates.every((certificate) => certificate !== undefined) ? certificates : undefined;
}

function blockOf(text: string): { readonly label: string; readonly der: Buffer } | undefined {
  const [, label, body] = BLOCK.exec(text.trimStart()) ?? [];
  const der = decodeBase64((body ?? "").replace(/[\r\n]+/g, ""));
  return label === undefined || der === undefined ? undefined : { label, der };
}
