import * as z from "zod";
import type { Manifest } from "../../domain/manifest.ts";
import { quote } from "../../domain/parse-error.ts";
import { readShape } from "../strict.ts";
import type { Judgement } from "./judgement.ts";

// signature-specification.md, "Payload".
const payloadShape = z.strictObject({
  targetArtifact: z.strictObject({
    mediaType: z.string(),
    digest: z.string(),
    size: z.int().min(0),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});
export type Target = z.output<typeof payloadShape>["targetArtifact"];

/** What was signed, as the payload names it. @throws AdapterError malformed, too-large */
export function readTarget(payload: Uint8Array): Target {
  return readShape(payload, payloadShape, "payload").targetArtifact;
}

/** What the image is, as its registry has it. */
export type Image = Pick<Manifest, "digest" | "mediaType"> & { readonly size: number };

/** What stands against a genuine payload as the signature of this image; `undefined`: nothing. */
export function objectionTo(target: Target, image: Image, metadata: Readonly<Record<string, string>>): Judgement | undefined {
  if (target.digest !== image.digest) return { code: "digest-mismatch", detail: "genuine, but about another image" };
  if (target.mediaType !== image.mediaType || target.size !== image.size)
    return { code: "digest-mismatch", detail: "genuine, but media type or size are not those of the image" };
  const missing = Object.keys(metadata).find((name) => target.annotations?.[name] !== metadata[name]);
  return missing === undefined
    ? undefined
    : { code: "predicate-mismatch", detail: `genuine, but its annotation ${quote(missing)} is not as asked` };
}
