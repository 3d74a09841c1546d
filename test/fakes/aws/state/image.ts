export type ImageStatus = "ACTIVE" | "ARCHIVED" | "ACTIVATING";

/** One manifest of a repository. A change replaces the record, so that a list taken before keeps what it saw. */
export interface StoredImage {
  readonly digest: string;
  /** Text exactly as it was pushed. */
  readonly manifest: string;
  readonly mediaType: string;
  /** artifactType, else the media type of the config; absent for an index without one. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Bytes of its layers. */
  readonly size: number;
  /** Config and layers that have to be there. */
  readonly blobs: readonly string[];
  readonly children: readonly string[];
  readonly subject?: string;
  readonly status: ImageStatus;
  /** Milliseconds since 1970, as all times of the state. */
  readonly pushedAt: number;
  readonly pulledAt?: number;
  readonly archivedAt?: number;
  readonly activatedAt?: number;
  /** How often a look at it still finds it on its way back; absent where time decides. */
  readonly looksUntilBack?: number;
}

export interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}
