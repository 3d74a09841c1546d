import type { Instant } from "../../domain/time.ts";
import type { Certificate } from "../x509.ts";
import type { Image } from "./payload.ts";
import type { ReadSigner } from "./signer.ts";
import type { CheckStatement } from "./trust-policy.ts";

/** What a signature is measured against. */
export interface Expected {
  readonly image: Image;
  readonly statement: CheckStatement;
  /** What the policy calls whoever signs as the statement demands. */
  readonly signers: string;
  /** Certificates of the stores that the statement names, by their type. */
  readonly anchors: Readonly<Record<"ca" | "signingAuthority" | "tsa", readonly Certificate[]>>;
  /** Must stand in what was signed. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly now: Instant;
  readonly readSigner: ReadSigner;
}
