import { inflateRawSync, inflateSync } from "node:zlib";
import { AdapterError } from "../../ports/adapter-error.ts";
import { readArmor } from "./armor.ts";
import { cursorOver, damaged, unsupported } from "./cursor.ts";
import { COMPRESSED, LITERAL, MARKER, ONE_PASS, type Packet, readPackets, SIGNATURE } from "./packets.ts";
import { readSignature, type Signature } from "./signature.ts";

/** A message with the signature that goes with it. Nothing has been verified. */
export interface SignedMessage {
  readonly content: Uint8Array;
  readonly signature: Signature;
}

const PLACE = "OpenPGP message";
const MAX_BYTES = 1024 * 1024;
/** A signature of bytes as they are, not of text with its line ends made equal. */
const OF_BYTES = 0x00;

/**
 * Reads what `gpg --armor --sign` writes: content and signature in one message, compressed or not. kritis calls the same block a signature.
 * @throws AdapterError malformed, unsupported, too-large
 */
export function readSignedMessage(armored: string): SignedMessage {
  const outer = readPackets(readArmor(armored, ["PGP MESSAGE", "PGP SIGNATURE"], PLACE), PLACE);
  const [only, ...more] = outer.filter(({ tag }) => tag !== MARKER);
  const isCompressed = only?.tag === COMPRESSED && more.length === 0;
  const packets = isCompressed ? readPackets(decompress(only.body), PLACE) : outer;
  return readParts(packets.filter(({ tag }) => tag !== MARKER));
}

// RFC 9580, 10.3: one-pass signature, content, signature. Several signers put several around it; a signature in front, or alone, is another form.
function readParts(packets: readonly Packet[]): SignedMessage {
  const [head, literal, tail] = packets;
  const tags = packets.map(({ tag }) => tag).join(" ");
  if (`${tags} `.startsWith(`${SIGNATURE} `))
    throw unsupported(PLACE, "a signature without the content that it is on; gpg --sign gives both");
  if (tags.startsWith(`${ONE_PASS} ${ONE_PASS} `)) throw unsupported(PLACE, "signed by several; one signer is read");
  if (tags !== `${ONE_PASS} ${LITERAL} ${SIGNATURE}` || head === undefined || literal === undefined || tail === undefined)
    throw damaged(PLACE, "not a content with one signature");
  const signature = readSignature(tail.body);
  if (signature.type !== OF_BYTES) throw unsupported(PLACE, `a signature of type ${signature.type}, not one of bytes`);
  expectAnnounced(head.body, signature);
  return { content: contentOf(literal.body), signature };
}

// RFC 9580, 5.4. What is announced in front must be what comes.
function expectAnnounced(body: Uint8Array, { type, algorithm, hashNumber, issuers }: Signature): void {
  const cursor = cursorOver(body, PLACE);
  const announced = [cursor.byte(), cursor.byte(), cursor.byte(), cursor.byte()];
  const keyId = Buffer.from(cursor.take(8)).toString("hex").toUpperCase();
  const isLast = cursor.byte() === 1 && cursor.left() === 0;
  const fits = [3, type, hashNumber, algorithm].every((value, index) => announced[index] === value);
  if (!fits || !isLast || !issuers.some((issuer) => issuer.endsWith(keyId)))
    throw damaged(PLACE, "its signature is not the one it announces");
}

// RFC 9580, 5.9: format, name of a file, time. None of the three is signed.
function contentOf(body: Uint8Array): Uint8Array {
  const cursor = cursorOver(body, PLACE);
  const format = String.fromCharCode(cursor.byte());
  if (!["b", "t", "u"].includes(format)) throw unsupported(PLACE, "a content of an unknown format");
  cursor.take(cursor.byte());
  cursor.take(4);
  return cursor.rest();
}

// RFC 9580, 9.4.
function decompress(body: Uint8Array): Uint8Array {
  const [algorithm, data] = [body[0], body.subarray(1)];
  switch (algorithm) {
    case 0:
      return data;
    case 1:
      return inflated(() => inflateRawSync(data, { maxOutputLength: MAX_BYTES, info: true }), data);
    case 2:
      return inflated(() => inflateSync(data, { maxOutputLength: MAX_BYTES, info: true }), data);
    default:
      throw unsupported(PLACE, "compressed with an algorithm that is not read; ZIP and ZLIB are");
  }
}

function inflated(inflate: () => unknown, { length }: Uint8Array): Uint8Array {
  const answer = orDamaged(inflate);
  if (!hasConsumed(answer) || answer.engine.bytesWritten !== length) throw damaged(PLACE, "bytes behind what is compressed");
  return answer.buffer;
}

interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

// What zlib gives with `info`; its types do not tell.
function hasConsumed(answer: unknown): answer is Inflated {
  return typeof answer === "object" && answer !== null && "buffer" in answer && "engine" in answer;
}

function orDamaged<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE")
      throw new AdapterError("too-large", `${PLACE}: more than ${MAX_BYTES} bytes when it is unpacked`);
    throw damaged(PLACE, "what is compressed cannot be unpacked");
  }
}
