import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { instant, parseInstant } from "../../shared/domain/time.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { readKept } from "../../shared/trust-roots/kept.ts";
import { folderOf, type Mirror } from "../../shared/trust-roots/mirror.ts";
import { updateMirror } from "../../shared/trust-roots/update.ts";
import { makeTuf, type TufRepository } from "../fixtures/tuf.ts";
import { serveTuf, type TufMirror } from "./tuf-mirror.ts";

export const NOW = parseInstant("2026-11-21T12:00:00Z");
export const LATER = instant(NOW + 86_400_000);

/** Somebody who follows mirrors, with a folder for what is kept of them. */
export function openFollower() {
  const keptIn = mkdtempSync(join(tmpdir(), "moorgate-roots-"));
  const open: TufMirror[] = [];
  const folder = (mirror: Mirror): string => folderOf(mirror, keptIn);
  const update = (mirror: Mirror, now = NOW): Promise<void> => updateMirror(mirror, folder(mirror), now);
  const rootIn = (mirror: Mirror): string | undefined => readKept(folder(mirror))?.trustedRoot;
  const serve = async (...args: Parameters<typeof serveTuf>): Promise<TufMirror> => {
    const server = await serveTuf(...args);
    open.push(server);
    return server;
  };
  return {
    keptIn,
    folder,
    update,
    rootIn,
    serve,
    codeOf: (mirror: Mirror, now = LATER): Promise<string> =>
      update(mirror, now).then(
        () => "taken",
        (error: unknown) => (error instanceof AdapterError ? error.code : String(error)),
      ),
    /** A mirror whose first root was read. */
    async read(options: Parameters<typeof makeTuf>[0] = {}): Promise<{ readonly tuf: TufRepository; readonly mirror: Mirror }> {
      const tuf = makeTuf(options);
      tuf.publish("first");
      const { mirror } = await serve(tuf);
      await update(mirror);
      expect(rootIn(mirror)).toBe("first");
      return { tuf, mirror };
    },
    async close(): Promise<void> {
      await Promise.all(open.map((server) => server.close()));
      rmSync(keptIn, { recursive: true, force: true });
    },
  };
}

export type Follower = ReturnType<typeof openFollower>;

/** The mirror serves these files again, and no others. */
export function put(to: TufRepository, from: ReadonlyMap<string, Buffer>): void {
  to.files.clear();
  for (const [path, bytes] of from) to.files.set(path, bytes);
}
