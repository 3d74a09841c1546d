import { AdapterError } from "../../ports/adapter-error.ts";

// Primary result codes: sqlite.org/rescode.html
const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** What the world does to the file becomes an AdapterError; a defect of ours stays what it is. */
export function storeFault(error: unknown): unknown {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return error;
  const fault = (code: "timeout" | "unreachable" | "malformed" | "forbidden", message: string, mend: string): AdapterError =>
    new AdapterError(code, message, { mend, cause: error });
  switch (error.errcode & 0xff) {
    case BUSY:
      return fault("timeout", "another process holds the store", "end the other process, or wait until it has finished");
    case FULL:
    case IOERR:
      return fault("unreachable", "the store cannot be written", "make room on its disk, and check the disk's health");
    case READONLY:
    case CANTOPEN:
      return fault("forbidden", "the store may not be written", "give the gate's user the right to write the file and its folder");
    case CORRUPT:
    case NOTADB:
      return fault("malformed", "the store's file is damaged", "restore a backup, or move the file away and let a sweep build a new one");
    default:
      return error;
  }
}
