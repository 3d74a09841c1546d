/** A public key that the policy trusts. Its text may lie in a file, which is read by whoever puts the gate together. */
export interface PolicyKey {
  readonly name: string;
  readonly source: { readonly kind: "file"; readonly path: string } | { readonly kind: "pem"; readonly pem: string };
  readonly hash: "sha256" | "sha384" | "sha512" | "of-key";
}

/** What signatures are verified against: the policy's keys with their text. `pemOf` gives the text of a file that a key names. */
export function trustFor(
  policy: { readonly trust: { readonly keys: readonly PolicyKey[] } },
  pemOf: (path: string) => string,
): {
  readonly keys: readonly { readonly name: string; readonly pem: string; readonly hash: PolicyKey["hash"] }[];
} {
  return {
    keys: policy.trust.keys.map(({ name, source, hash }) => ({ name, hash, pem: source.kind === "pem" ? source.pem : pemOf(source.path) })),
  };
}

/** What is wrong with a key's text, as far as one can see without reading the key itself. */
export function pemProblem(pem: string): { readonly message: string; readonly mend: string } | undefined {
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(pem))
    return { message: "this is a private key", mend: "take it out, replace it as it may be known now, and write the public key" };
  const isPublic = /^\s*-----BEGIN PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(pem);
  return isPublic
    ? undefined
    : { message: "this is no public key", mend: "write a PEM text from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----" };
}
