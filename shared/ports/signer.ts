/** A key that the gate signs with. The private half stays where it is: in a file, or with a key service. */
export interface Signer {
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array;
  /** Base64 of the SHA-256 of `spki`: the hint by which Sigstore bundles name a key. */
  readonly keyId: string;
  /** @returns ECDSA over P-256 and the SHA-256 of the bytes, in DER. @throws AdapterError where the key cannot be used now */
  sign(bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
}
