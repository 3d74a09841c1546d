import type { ImageKey } from "../domain/image-ref.ts";

/** `none`: no signature is on its way, for all were made, or none was to be. */
export type SigningState = { readonly kind: "none" } | { readonly kind: "pending" | "failed"; readonly why: string };

/** Signatures that a registry makes by itself of what is pushed. That one was made proves nothing: it is verified like any other. */
export interface RegistrySigning {
  /** @throws AdapterError */
  state(image: ImageKey, signal?: AbortSignal): Promise<SigningState>;
}
