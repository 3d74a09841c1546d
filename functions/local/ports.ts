import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import * as z from "zod";

const schema = z.object({ registryPort: z.number().int().min(1).max(65_535) });

/**
 * Images are known by the registry's address, so a registry on "any free port" takes the same one again as long as it is free.
 * @returns the port to ask for.
 */
export async function rememberedPort(stateDir: string, host: string, wanted: number): Promise<number> {
  const file = portFile(stateDir);
  if (wanted !== 0 || !existsSync(file)) return wanted;
  const read = schema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  return read.success && (await isFree(host, read.data.registryPort)) ? read.data.registryPort : 0;
}

export function rememberPort(stateDir: string, registryPort: number): void {
  writeFileSync(portFile(stateDir), JSON.stringify({ registryPort }), { mode: 0o600 });
}

function portFile(stateDir: string): string {
  return join(stateDir, "ports.json");
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
