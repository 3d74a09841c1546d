/** One rule of a lifecycle policy. */
export interface LifecycleWords {
  readonly status?: string;
  readonly storage?: string;
  readonly by: string;
  readonly number: number;
  readonly does: string;
  readonly patterns?: readonly string[];
  readonly prefixes?: readonly string[];
}

export function lifecycle({ status = "any", storage, by, number, does, patterns, prefixes }: LifecycleWords): string {
  const selection = {
    tagStatus: status,
    countType: by,
    countNumber: number,
    ...(by.startsWith("since") ? { countUnit: "days" } : {}),
    ...(storage === undefined ? {} : { storageClass: storage }),
    ...(patterns === undefined ? {} : { tagPatternList: patterns }),
    ...(prefixes === undefined ? {} : { tagPrefixList: prefixes }),
  };
  const action = { type: does, ...(does === "transition" ? { targetStorageClass: "archive" } : {}) };
  return JSON.stringify({ rules: [{ rulePriority: 7, description: "x", selection, action }] });
}
