import type { ImageKey } from "../domain/image-ref.ts";
import type { Workload } from "../domain/usage.ts";

/** `unknown`: it does not count what runs this image, or cannot. */
export type CountedUse =
  | { readonly kind: "running"; readonly workloads: readonly [Workload, ...Workload[]] }
  | { readonly kind: "none" }
  | { readonly kind: "unknown"; readonly why: string };

/** A product that counts by itself what runs the images of its registry. */
export interface RegistryUsage {
  /** What it is called beside the places that report: `inspector-123456789012-eu-central-1`. */
  readonly name: string;
  /** Of one image, which is no index. @throws AdapterError */
  of(image: ImageKey, signal?: AbortSignal): Promise<CountedUse>;
}
