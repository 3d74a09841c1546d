import type { Instant } from "./time.ts";

/** The parts of an OCI image configuration that a policy may look at. Texts are the image's own: untrusted. */
export interface ImageConfig {
  /** Empty: nobody set one, which runs as root. */
  readonly user: string;
  /** `NAME=value`. Values may be secrets: never printed. */
  readonly env: readonly string[];
  /** `8080/tcp`. */
  readonly exposedPorts: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly volumes: readonly string[];
  readonly workingDir: string;
  readonly hasHealthcheck: boolean;
  /** As the build wrote it; a reproducible build writes a time long ago. */
  readonly createdAt: Instant | "unknown";
  /** `created_by` of each step, in order. May hold secrets: never printed. */
  readonly history: readonly string[];
  /** Diff ids, lowest layer first. */
  readonly layers: readonly string[];
}
