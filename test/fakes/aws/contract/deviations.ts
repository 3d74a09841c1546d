import type { ErrorObject } from "ajv";

/**
 * Errors that every service of the vendor may answer with, and no operation lists ("Common Errors" of each API reference), with their statuses: those
 * of JSON by target and those of REST differ.
 */
export const COMMON_ERRORS: Readonly<Record<string, readonly number[]>> = {
  AccessDeniedException: [400, 403],
  ExpiredTokenException: [400, 403],
  InternalFailure: [500],
  ServiceUnavailable: [503],
  ThrottlingException: [400],
  UnknownOperationException: [400, 404],
  UnrecognizedClientException: [400, 403],
};

interface Deviation {
  readonly operations: readonly string[];
  readonly keyword: string;
  readonly path: RegExp;
}

/**
 * Where the service answers what its model refuses. Each has been seen, or cannot be otherwise:
 * - ListImages of an empty repository answers `imageIds: []`, and up to 1000 of them where `maxResults` says so (API reference of ListImages);
 *   the model gives it the list of a request, which has 1 to 100 entries. The same list is in the answer of BatchDeleteImage, also where all failed.
 * - GetClustersForImage has to answer `cluster`, and there is an image that nothing runs.
 */
const ANSWERS: readonly Deviation[] = [
  { operations: ["ListImages", "BatchDeleteImage"], keyword: "minItems", path: /^\/imageIds$/ },
  { operations: ["ListImages", "BatchDeleteImage"], keyword: "maxItems", path: /^\/imageIds$/ },
  { operations: ["GetClustersForImage"], keyword: "minItems", path: /^\/cluster$/ },
];

export function isKnownDeviation(operation: string, { keyword, instancePath }: ErrorObject): boolean {
  return ANSWERS.some((one) => one.operations.includes(operation) && one.keyword === keyword && one.path.test(instancePath));
}
