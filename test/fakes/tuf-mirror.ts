import type { ServerResponse } from "node:http";
import { parseDuration } from "../../shared/domain/time.ts";
import type { Mirror } from "../../shared/trust-roots/mirror.ts";
import type { TufRepository } from "../fixtures/tuf.ts";
import { answer, type RawServer, serveRaw } from "./raw-server.ts";

export interface TufMirror extends RawServer {
  /** As a policy names it. */
  readonly mirror: Mirror;
}

/** Serves a repository over HTTP; `around` answers in place of it where it returns true. */
export async function serveTuf(
  { files, anchor }: Pick<TufRepository, "files" | "anchor">,
  around: (path: string, response: ServerResponse) => boolean = () => false,
): Promise<TufMirror> {
  const server = await serveRaw(({ path }, response) => {
    if (around(path, response)) return;
    const bytes = files.get(path.slice(1));
    if (bytes === undefined) answer(response, 404);
    else answer(response, 200, {}, bytes);
  });
  const mirror: Mirror = {
    name: "own",
    url: new URL(`http://${server.host}/`),
    anchor,
    target: "trusted_root.json",
    every: parseDuration("1d"),
    isInternal: true,
    check: () => undefined,
  };
  return { ...server, mirror };
}
