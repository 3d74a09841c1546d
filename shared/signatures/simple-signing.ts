import * as z from "zod";
import type { Digest } from "../domain/digest.ts";
import type { SignatureFact } from "../domain/evidence.ts";
import { quote } from "../domain/parse-error.ts";
import { readShape } from "./strict.ts";

/** Whose payload it is, by its type: cosign's (specs/SIGNATURE_SPEC.md), or that of Google's attestors. */
export type PayloadType = "cosign container image signature" | "Google cloud binauthz container signature";

// The format of Red Hat's simple signing. Exact names: a reader that knows no letter case (Go's, kritis) would take another member for the digest.
const payloadShape = z.strictObject({
  critical: z.strictObject({
    identity: z.strictObject({ "docker-reference": z.string() }),
    image: z.strictObject({ "docker-manifest-digest": z.string() }),
    type: z.string(),
  }),
  optional: z.record(z.string(), z.unknown()).nullish(),
});

export type Payload = z.output<typeof payloadShape>;
type Objection = Pick<SignatureFact, "code" | "detail">;

const SHAPES: Readonly<Record<PayloadType, typeof payloadShape>> = {
  "cosign container image signature": ofType("cosign container image signature"),
  "Google cloud binauthz container signature": ofType("Google cloud binauthz container signature"),
};

function ofType(type: PayloadType): typeof payloadShape {
  return payloadShape.refine(({ critical }) => critical.type === type, { path: ["critical", "type"], error: `not ${type}` });
}

/** @throws AdapterError malformed, too-large */
export function readPayload(payload: Uint8Array, type: PayloadType): Payload {
  return readShape(payload, SHAPES[type], "payload");
}

/** What stands against a genuine payload as one about this image, with these annotations; `undefined`: nothing. The repository is not compared. */
export function objectionToPayload(
  { critical, optional }: Payload,
  image: Digest,
  annotations: Readonly<Record<string, string>>,
): Objection | undefined {
  if (critical.image["docker-manifest-digest"] !== image) return { code: "digest-mismatch", detail: "genuine, but about another image" };
  const missing = Object.keys(annotations).find((name) => optional?.[name] !== annotations[name]);
  return missing === undefined
    ? undefined
    : { code: "predicate-mismatch", detail: `genuine, but its annotation ${quote(missing)} is not as asked` };
}
