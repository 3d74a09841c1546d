import * as z from "zod";
import type { ImageKey } from "../../domain/image-ref.ts";
import { quote } from "../../domain/parse-error.ts";
import { readShape } from "../strict.ts";
import type { Judgement } from "./judgement.ts";

// The format of Red Hat's simple signing with a type of Google's own. Exact names: a reader that knows no letter case (kritis) would take
// another member for the digest.
const payloadShape = z.strictObject({
  critical: z.strictObject({
    identity: z.strictObject({ "docker-reference": z.string() }),
    image: z.strictObject({ "docker-manifest-digest": z.string() }),
    type: z.literal("Google cloud binauthz container signature"),
  }),
  optional: z.record(z.string(), z.unknown()).nullish(),
});

export type Payload = z.output<typeof payloadShape>;

/** @throws AdapterError malformed, too-large */
export function readPayload(payload: Uint8Array): Payload {
  return readShape(payload, payloadShape, "payload");
}

/**
 * What stands against a genuine payload as an attestation of this image; `undefined`: nothing. Unlike cosign's, an attestation is for one
 * repository: name and digest must both be those of the image (kritis, pkg/attestlib/authenticated_attestation.go).
 */
export function objectionToPayload(
  { critical, optional }: Payload,
  { registry, repository, digest }: ImageKey,
  annotations: Readonly<Record<string, string>>,
): Judgement | undefined {
  if (critical.image["docker-manifest-digest"] !== digest) return { code: "digest-mismatch", detail: "genuine, but about another image" };
  const name = critical.identity["docker-reference"];
  if (name !== `${registry}/${repository}`) return { code: "scope-mismatch", detail: `genuine, but about the image as ${quote(name)}` };
  const missing = Object.keys(annotations).find((one) => optional?.[one] !== annotations[one]);
  return missing === undefined
    ? undefined
    : { code: "predicate-mismatch", detail: `genuine, but its annotation ${quote(missing)} is not as asked` };
}
