import type { ImageKey } from "../../domain/image-ref.ts";
import { quote } from "../../domain/parse-error.ts";
import { objectionToPayload, type Payload, readPayload } from "../simple-signing.ts";
import type { Judgement } from "./judgement.ts";

/** @throws AdapterError malformed, too-large */
export function readAttested(payload: Uint8Array): Payload {
  return readPayload(payload, "Google cloud binauthz container signature");
}

/**
 * What stands against a genuine payload as an attestation of this image; `undefined`: nothing. Unlike cosign's, which stays good when an image
 * is copied, an attestation is for one repository: its name must be that of the image too (kritis, pkg/attestlib/authenticated_attestation.go).
 */
export function objectionToAttested(
  payload: Payload,
  { registry, repository, digest }: ImageKey,
  annotations: Readonly<Record<string, string>>,
): Judgement | undefined {
  const against = objectionToPayload(payload, digest, annotations);
  if (against?.code === "digest-mismatch") return against;
  const name = payload.critical.identity["docker-reference"];
  if (name !== `${registry}/${repository}`) return { code: "scope-mismatch", detail: `genuine, but about the image as ${quote(name)}` };
  return against;
}
