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
  if (error instanceof AdapterError || !(error instanceof Error)) return error;
  if ("errcode" in error && typeof error.errcode === "number") return sqliteFault(error.errcode & 0xff, error);
  if ("syscall" in error && "code" in error) return error.code === "ENOSPC" ? notWritable(error) : notAllowed(error);
  return error;
}

function sqliteFault(code: number, cause: Error): unknown {
  switch (code) {
    case BUSY:
      return new AdapterError("timeout", "another process holds the store", {
        mend: "end the other process, or wait until it has finished",
        cause,
      });
    case FULL:
    case IOERR:
      return notWritable(cause);
    case READONLY:
    case CANTOPEN:
      return notAllowed(cause);
    case CORRUPT:
    case NOTADB:
      return new AdapterError("malformed", "the store's file is damaged", {
        mend: "restore a backup, or move the file away and let a sweep build a new one",
        cause,
      });
    default:
      return cause;
  }
}

function notWritable(cause: Error): AdapterError {
  return new AdapterError("unreachable", "the store cannot be written", {
    mend: "make room on its disk, and check the disk's health",
    cause,
  });
}

function notAllowed(cause: Error): AdapterError {
  return new AdapterError("forbidden", "the store's file cannot be opened", {
    mend: "give a file, in a folder that the gate's user may write",
    cause,
  });
}
