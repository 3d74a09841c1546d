import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { ParseError } from "../../shared/domain/parse-error.ts";
import type { StoreSettings } from "../../shared/ports/store.ts";
import type { Environment } from "../../shared/runtime/config.ts";

const NAME = "MOORGATE_JOURNAL_KEY";
const MEND = "put an Ed25519 private key in PEM form into the secret: openssl genpkey -algorithm ed25519";

/** Signs the heads of the journal's chains. @throws ParseError */
export function headSigner(environment: Environment): StoreSettings["signHead"] {
  const key = readKey(environment[NAME]);
  return (text) => sign(null, Buffer.from(text), key).toString("base64");
}

function readKey(pem: string | undefined): KeyObject {
  if (pem === undefined) throw new ParseError(NAME, "it is not set", MEND);
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // What the parser says may quote the key.
  }
  throw new ParseError(NAME, "it is no Ed25519 private key", MEND);
}
