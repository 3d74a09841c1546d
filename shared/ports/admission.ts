import type { ImageRef } from "../domain/image-ref.ts";

/** An image that a cluster is about to start. */
export interface AskedImage {
  readonly image: ImageRef;
  /** The same workload ran it before this request: a restart, a new node, a change of something else. */
  readonly isRunning: boolean;
}

/** `warn`: it may start, and whoever asked is told. */
export type AdmissionAnswer =
  | { readonly kind: "allow" }
  | { readonly kind: "warn"; readonly why: string }
  | { readonly kind: "refuse"; readonly why: string };
