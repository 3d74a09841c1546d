import { type RawServer, serveRaw } from "./raw-server.ts";
import { type Around, type ServedRegistry, serveRegistry } from "./served-registry.ts";

/** The servers of one test, ended together. */
export interface Servers {
  raw(handle: Parameters<typeof serveRaw>[0]): Promise<RawServer>;
  /** The embedded registry with a quirk around it. */
  registry(around: Around): Promise<ServedRegistry>;
  close(): Promise<void>;
}

export function openServers(): Servers {
  const open: { close(): Promise<void> }[] = [];
  const keep = <Server extends { close(): Promise<void> }>(server: Server): Server => {
    open.push(server);
    return server;
  };
  return {
    raw: async (handle) => keep(await serveRaw(handle)),
    registry: async (around) => keep(await serveRegistry({ around })),
    close: async () => {
      await Promise.all(open.splice(0).map((server) => server.close()));
    },
  };
}
