import type { ServerResponse } from "node:http";
import type { KeptAnswer, RevocationStore } from "../../shared/ports/revocation-store.ts";
import { checkRevocation } from "../../shared/signatures/revocation/check.ts";
import { openRevocation } from "../../shared/signatures/revocation/source.ts";
import { readCertificate } from "../../shared/signatures/x509.ts";
import { NOW, type Signing, signing } from "../fixtures/notation.ts";
import { asking, crlOf } from "../fixtures/revocation.ts";
import { keyUsage } from "../fixtures/x509.ts";
import { openHandClock } from "./clock.ts";
import { answer, type Heard, type RawServer } from "./raw-server.ts";
import type { Servers } from "./servers.ts";

type Handle = (request: Heard, response: ServerResponse) => void;
/** Answers with these bytes, whatever is asked. */
export const giving =
  (...parts: readonly Uint8Array[]): Handle =>
  (_, response) =>
    answer(response, 200, { "content-type": "text/html" }, Buffer.concat(parts));

/** Somebody whose certificate says to ask at these addresses. */
export function signer(ocsp: readonly string[], crl: readonly string[], serial = 77, root?: Signing["root"]): Signing {
  const extensions = [keyUsage([0]), ...asking(ocsp, crl)];
  return root === undefined ? signing({ serial, extensions }) : { root, leaf: signing({ serial, extensions, issuer: root }).leaf };
}

export interface Opened {
  readonly clock: ReturnType<typeof openHandClock>;
  readonly warned: string[];
  status(made: Signing, signal?: AbortSignal): Promise<string>;
}

export function open(internalHosts: readonly string[], store?: RevocationStore, clock = openHandClock(NOW)): Opened {
  const warned: string[] = [];
  const log = { info: () => {}, error: () => {}, warn: (...words: readonly unknown[]) => void warned.push(JSON.stringify(words)) };
  const source = openRevocation({ clock, log, internalHosts, ...(store === undefined ? {} : { store }) });
  const status: Opened["status"] = async ({ leaf, root }, signal) => {
    const chain = [leaf, root].map(({ bytes }) => readCertificate(bytes));
    return (await checkRevocation({ source, now: clock.now() }, chain, undefined, signal)).kind;
  };
  return { clock, warned, status };
}

export interface Place {
  readonly server: RawServer;
  readonly host: string;
  readonly url: string;
  /** What it does from now on. */
  does(handle: Handle): void;
}

/** A host of an authority. It is there before the certificates that name it. */
export async function openPlace(servers: Servers): Promise<Place> {
  let handle: Handle = () => {};
  const server = await servers.raw((request, response) => handle(request, response));
  return {
    server,
    host: server.host,
    url: `http://${server.host}/pki`,
    does(next) {
      handle = next;
    },
  };
}

/** A place and a signer whose list is there, with these on it. */
export async function listing(servers: Servers, ...serials: readonly number[]): Promise<Place & { readonly made: Signing }> {
  const place = await openPlace(servers);
  const made = signer([], [place.url]);
  place.does(giving(crlOf(made.root, serials)));
  return { ...place, made };
}

export function storeOf(kept: Map<string, KeptAnswer>): RevocationStore {
  return { find: async (question) => kept.get(question), keep: async (question, each) => void kept.set(question, each) };
}
