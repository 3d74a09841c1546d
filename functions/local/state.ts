import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What lies in the state folder. Everything in it is readable by its owner only. */
export interface StateFolder {
  readonly dir: string;
  readonly ledgerFile: string;
  readonly registryDir: string;
  /** Trusted roots that come from mirrors. */
  readonly trustRootsDir: string;
  /** The operator's token. `isNew`: made by this start, to be shown once. */
  readonly token: { readonly value: string; readonly isNew: boolean };
  readonly journalKey: KeyObject;
  signHead(text: string): string;
}

export const LEDGER_FILE = "ledger.db";
export const TRUST_ROOTS = "trust-roots";
export const TOKEN_FILE = "token";
export const JOURNAL_KEY_FILE = "journal-key.pem";
export const JOURNAL_PUBLIC_KEY_FILE = "journal-key.pub";

/** Opens the folder, making what is missing. */
export function openStateFolder(dir: string): StateFolder {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const isNew = !existsSync(join(dir, TOKEN_FILE));
  const token = keep(dir, TOKEN_FILE, () => `mg_${randomBytes(24).toString("base64url")}`);
  const journalKey = createPrivateKey(
    keep(dir, JOURNAL_KEY_FILE, () => generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
  );
  keep(dir, JOURNAL_PUBLIC_KEY_FILE, () => createPublicKey(journalKey).export({ type: "spki", format: "pem" }).toString());
  return {
    dir,
    ledgerFile: join(dir, LEDGER_FILE),
    registryDir: join(dir, "registry"),
    trustRootsDir: join(dir, TRUST_ROOTS),
    token: { value: token.trim(), isNew },
    journalKey,
    signHead: (text) => sign(null, Buffer.from(text), journalKey).toString("base64"),
  };
}

function keep(dir: string, name: string, make: () => string): string {
  const file = join(dir, name);
  if (!existsSync(file)) write(dir, name, make());
  return readFileSync(file, "utf8");
}

/** Whole or not at all: a process that ends in between leaves no half-written key. */
function write(dir: string, name: string, text: string): void {
  const temporary = join(dir, `.${name}.${process.pid}`);
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, join(dir, name));
}
