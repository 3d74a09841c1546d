import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { failure } from "./fault.ts";

/** How to reach the gate that runs on a state folder. Holds its token: readable for its owner only. */
export interface GateAddress {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

const schema = z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().min(1), pid: z.int().positive() });

function gateFile(state: string): string {
  return join(state, "gate.json");
}

/** Written whole or not at all: another command may read at any time. */
export function writeGateFile(state: string, address: GateAddress): void {
  const file = gateFile(state);
  const draft = `${file}.${address.pid}`;
  writeFileSync(draft, `${JSON.stringify(address)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/** Removes the file of a gate that stopped, unless another gate has written its own meanwhile. */
export function removeGateFile(state: string, pid: number): void {
  if (readGateFile(state)?.pid === pid) rmSync(gateFile(state), { force: true });
}

/**
 * `undefined`: no gate was started on this folder, or it has stopped in order.
 * @throws CliError where the file is damaged or may not be read.
 */
export function readGateFile(state: string): GateAddress | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(gateFile(state), "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    // The parser's own message would quote the file, which holds the token.
    const why = error instanceof Error && "code" in error ? `it cannot be read (${String(error.code)})` : "it is damaged";
    throw failure(
      "gate-file",
      `Could not read ${gateFile(state)}`,
      why,
      "stop the gate and start it again with `moorgate up`, which writes the file anew",
    );
  }
}
