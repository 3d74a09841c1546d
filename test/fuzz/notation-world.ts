import { generateKeyPairSync } from "node:crypto";
import { rememberSigners } from "../../shared/signatures/notation/signer.ts";
import { readCertificate } from "../../shared/signatures/x509.ts";
import { expecting, NOTARY, type Signing, signing, statement } from "../fixtures/notation.ts";
import { STAMPER } from "../fixtures/revocation.ts";
import { authority, certify, ecKeys, type Made, name } from "../fixtures/x509.ts";

export const JWS = "application/jose+json";
export const STAMP = `${NOTARY}.timestampSignature`;

/** Signers that are trusted: of three kinds of keys, one whose certificate is over, one with an authority in between; and a stranger. */
export interface World {
  readonly signers: readonly Signing[];
  readonly ended: Signing;
  readonly stranger: Signing;
  readonly stampRoot: Made;
  readonly stamper: Made;
}

export function makeWorld(): World {
  const root = certify({ subject: name(["O", "acme.example"], ["CN", "far root"]), extensions: authority(1), serial: 1 });
  const issued = certify({ subject: name(["O", "acme.example"], ["CN", "middle"]), issuer: root, serial: 3, extensions: authority(0) });
  const below = signing({ issuer: issued });
  const stampRoot = certify({ subject: name(["CN", "time root"]), extensions: authority() });
  return {
    signers: [
      signing(),
      signing({ keys: ecKeys("secp384r1") }),
      signing({ keys: generateKeyPairSync("rsa", { modulusLength: 2048 }) }),
      { root, leaf: below.leaf, between: [issued] },
    ],
    ended: signing({ notBefore: "2026-05-01T00:00:00Z", notAfter: "2026-06-30T00:00:00Z" }),
    stranger: signing(),
    stampRoot,
    stamper: certify({ subject: name(["CN", "time"]), issuer: stampRoot, serial: 9, extensions: STAMPER }),
  };
}

/** Trusts all but the stranger; a timestamp is asked for where a certificate is over. */
export function trustOf({ signers, ended, stampRoot }: World) {
  const roots = [...signers, ended].map(({ root }) => readCertificate(root.bytes));
  const stores = ["ca:acme", "tsa:acme", "signingAuthority:acme"];
  return expecting(ended, {
    statement: statement({ stores, verifyTimestamp: "afterCertExpiry" }),
    anchors: { ca: roots, signingAuthority: roots, tsa: [readCertificate(stampRoot.bytes)] },
    readSigner: rememberSigners(),
  });
}
