import type { SignatureVerifier } from "../ports/signature-verifier.ts";

/** The only list of signature formats; each is loaded when it is used. */
export const signatures: Readonly<Record<string, () => Promise<SignatureVerifier>>> = {
  cosign: async () => (await import("./cosign/index.ts")).cosign,
  binauthz: async () => (await import("./binauthz/index.ts")).binauthz,
  notation: async () => (await import("./notation/index.ts")).notation,
};
