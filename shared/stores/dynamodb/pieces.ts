import { randomUUID } from "node:crypto";
import { type Body, type Item, keyItem } from "./item.ts";
import type { Requests } from "./requests.ts";

/** Keeps what does not fit into one item: in pieces that nobody changes, which are there before anything names them. */
export interface Pieces {
  keep(bytes: Uint8Array): Promise<Body>;
  /** `undefined` where a piece is gone: whoever names it was replaced meanwhile, read again. */
  read(body: Body): Promise<Uint8Array | undefined>;
  /** A crash before it leaves pieces that nobody names; they cost their storage. */
  forget(body: Body | undefined): Promise<void>;
}

const PIECE_BYTES = 350 * 1024;

export function openPieces(requests: Requests): Pieces {
  const keyOf = (id: string, number: number) => ({ pk: `piece#${id}`, sk: String(number) });
  return {
    async keep(bytes) {
      const id = randomUUID();
      const parts = Math.ceil(bytes.length / PIECE_BYTES);
      for (let number = 0; number < parts; number++) {
        const piece: Item = { ...keyItem(keyOf(id, number)), b: { B: bytes.subarray(number * PIECE_BYTES, (number + 1) * PIECE_BYTES) } };
        await requests.put(piece);
      }
      return { kind: "apart", id, parts };
    },
    async read(body) {
      if (body.kind === "here") return body.bytes;
      const read: Uint8Array[] = [];
      for (let number = 0; number < body.parts; number++) {
        const bytes = (await requests.get(keyOf(body.id, number)))?.["b"]?.B;
        if (bytes === undefined) return undefined;
        read.push(bytes);
      }
      return Buffer.concat(read);
    },
    async forget(body) {
      if (body?.kind !== "apart") return;
      await requests.removeAll(Array.from({ length: body.parts }, (_, number) => keyOf(body.id, number)));
    },
  };
}
