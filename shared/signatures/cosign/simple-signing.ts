import * as z from "zod";
import type { Digest } from "../../domain/digest.ts";
import { quote } from "../../domain/parse-error.ts";
import { readShape } from "../strict.ts";
import type { Judgement } from "./judgement.ts";

// cosign, specs/SIGNATURE_SPEC.md. Exact names: a reader that knows no letter case would take another member for the digest.
const payloadShape = z.strictObject({
  critical: z.strictObject({
    identity: z.strictObject({ "docker-reference": z.string() }),
    image: z.strictObject({ "docker-manifest-digest": z.string() }),
    type: z.literal("cosign container image signature"),
  }),
  optional: z.record(z.string(), z.unknown()).nullish(),
});

export type Payload = z.output<typeof payloadShape>;

/** @throws AdapterError malformed, too-large */
export function readPayload(payload: Uint8Array): Payload {
  return readShape(payload, payloadShape, "payload");
}

/**
 * What stands against a genuine simple-signing payload as the signature of this image; `undefined`: nothing. The repository name in it is
 * not compared (SIGNATURE_SPEC.md says so): signatures stay good when images are copied.
 */
export function objectionToPayload(
  { critical, optional }: Payload,
  image: Digest,
  annotations: Readonly<Record<string, string>>,
): Judgement | undefined {
  if (critical.image["docker-manifest-digest"] !== image) return { code: "digest-mismatch", detail: "genuine, but about another image" };
  const missing = Object.keys(annotations).find((name) => optional?.[name] !== annotations[name]);
  return missing === undefined
    ? undefined
    : { code: "predicate-mismatch", detail: `genuine, but its annotation ${quote(missing)} is not as asked` };
}
