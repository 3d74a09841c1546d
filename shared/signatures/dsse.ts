/** What a DSSE signature covers: type and payload with their lengths in bytes (secure-systems-lab/dsse, protocol.md, "PAE"). */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
