import { verifies } from "../algorithms.ts";
import { decodeBase64 } from "../strict.ts";
import type { InclusionProof } from "./log-entry.ts";
import { type Objection, objection } from "./objection.ts";
import type { TransparencyLog } from "./root.ts";

const MAX_CHARACTERS = 16 * 1024;
const MAX_SIGNATURES = 16;
const HINT_BYTES = 4;
const SIGNATURE_LINE = /^\u2014 (\S+) (\S+)$/;
const SIZE = /^(0|[1-9][0-9]{0,18})$/;

/**
 * What stands against a checkpoint as the log's own word about the tree of the proof: a signed note (C2SP signed-note, tlog-checkpoint)
 * with origin, size and root hash, signed by the log's key. Signatures of witnesses are left unread.
 */
export function objectionToCheckpoint({ checkpoint, treeSize, rootHash }: InclusionProof, log: TransparencyLog): Objection | undefined {
  const note = readNote(checkpoint);
  if (note.kind === "objection") return note;
  const [origin = "", size = "", root = ""] = note.text.split("\n");
  if (origin === "" || !SIZE.test(size)) return objection("malformed", "its checkpoint names no origin or no size");
  if (!isSigned(note, log)) return objection("signature-invalid", "its checkpoint is not signed by the log");
  const isSameTree = BigInt(size) === treeSize && decodeBase64(root)?.equals(rootHash) === true;
  return isSameTree ? undefined : objection("signature-invalid", "its checkpoint is about another tree than its inclusion proof");
}

interface Note {
  readonly kind: "note";
  /** What is signed. */
  readonly text: string;
  readonly signatures: readonly string[];
}

function readNote(checkpoint: string): Note | Objection {
  const cut = checkpoint.lastIndexOf("\n\n");
  if (checkpoint.length > MAX_CHARACTERS || cut < 0 || !checkpoint.endsWith("\n"))
    return objection("malformed", "its checkpoint is no signed note");
  const signatures = checkpoint.slice(cut + 2, -1).split("\n");
  if (signatures.length > MAX_SIGNATURES)
    return objection("too-large", `a checkpoint with ${signatures.length} signatures, at most ${MAX_SIGNATURES} are read`);
  return { kind: "note", text: checkpoint.slice(0, cut + 1), signatures };
}

function isSigned({ text, signatures }: Note, log: TransparencyLog): boolean {
  const ours = signatures.map(signatureIn).filter((signed) => signed?.subarray(0, HINT_BYTES).equals(log.checkpointHint));
  return ours.some((signed) => signed !== undefined && verifies(log.scheme, log.key, Buffer.from(text), signed.subarray(HINT_BYTES)));
}

function signatureIn(line: string): Buffer | undefined {
  return decodeBase64(SIGNATURE_LINE.exec(line)?.[2] ?? "");
}
