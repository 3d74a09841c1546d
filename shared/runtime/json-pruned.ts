import { Tokenizer, TokenType } from "@streamparser/json";
import { AdapterError } from "../ports/adapter-error.ts";
import type { JsonLimits } from "./json.ts";
import { openTree } from "./json-tree.ts";

export interface PruneLimits extends JsonLimits {
  /** Members that are kept, at any depth; `name.*` keeps everything below the member. */
  readonly keeps: ReadonlySet<string>;
  /** Values that are kept at most, each element and member counted. */
  readonly maxValues: number;
}

/** Reads JSON in pieces and keeps only the members that somebody uses, so that memory grows with them and not with the text. */
export interface Pruner {
  /** @throws AdapterError too-large, malformed */
  write(chunk: Uint8Array): void;
  /** The whole document. @throws AdapterError malformed: the text is not at its end */
  end(): unknown;
}

// One text longer than this is no field of a report. The tokenizer holds a text until it ends.
const LONGEST_TEXT = 16 * 1024 * 1024;

/** As in `readJson`, a repeated member that is kept is refused, and no member is called `__proto__`. */
export function openPruner(limits: PruneLimits): Pruner {
  const { maxBytes, place } = limits;
  const tree = openTree(limits);
  const tokenizer = new Tokenizer();
  let bytes = 0;
  let sinceToken = 0;
  tokenizer.onToken = ({ token, value }) => {
    sinceToken = 0;
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) tree.open(token === TokenType.LEFT_BRACKET);
    else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) tree.close(token === TokenType.RIGHT_BRACKET);
    else if (token === TokenType.COLON) tree.colon();
    else if (token === TokenType.COMMA) tree.comma();
    else tree.value(value);
  };
  return {
    write(chunk) {
      bytes += chunk.byteLength;
      sinceToken += chunk.byteLength;
      if (bytes > maxBytes) throw new AdapterError("too-large", `${place}: more than ${maxBytes} bytes`);
      guarded(place, () => tokenizer.write(chunk));
      if (sinceToken > LONGEST_TEXT) throw new AdapterError("too-large", `${place}: a text of more than ${LONGEST_TEXT} bytes`);
    },
    end() {
      guarded(place, () => {
        if (!tokenizer.isEnded) tokenizer.end();
      });
      return tree.root();
    },
  };
}

/** Reads chunks to their end. @throws AdapterError too-large, malformed, and what the chunks throw */
export async function readPruned(chunks: AsyncIterable<Uint8Array>, limits: PruneLimits): Promise<unknown> {
  const pruner = openPruner(limits);
  for await (const chunk of chunks) pruner.write(chunk);
  return pruner.end();
}

function guarded(place: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    // The tokenizer's own message quotes the text, which may hold a secret.
    throw error instanceof AdapterError ? error : new AdapterError("malformed", `${place}: not JSON in UTF-8`);
  }
}
