import { XMLParser } from "fast-xml-parser";
import { AdapterError } from "../ports/adapter-error.ts";
import type { JsonLimits } from "./json.ts";

// A tree of XML is many times as large as its text.
const MAX_XML_BYTES = 16 * 1024 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads untrusted XML into plain objects: attributes are members `@name`, text is text or the member `#text`, repeated elements are a list,
 * prefixes of names are dropped. A document type (where entities are defined) is refused; of entities only the five of XML are known.
 * @throws AdapterError too-large, malformed
 */
export function readXml(bytes: Uint8Array, { maxBytes, maxDepth, place }: JsonLimits): unknown {
  const most = Math.min(maxBytes, MAX_XML_BYTES);
  if (bytes.byteLength > most) throw new AdapterError("too-large", `${place}: ${bytes.byteLength} bytes, at most ${most} are read`);
  const text = decode(bytes, place);
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new AdapterError("malformed", `${place}: a document type, which no report needs`);
  try {
    return parserOf(maxDepth).parse(text, true);
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    throw new AdapterError("malformed", `${place}: not well-formed XML, or nested deeper than ${maxDepth}`);
  }
}

function parserOf(maxDepth: number): XMLParser {
  return new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    removeNSPrefix: true,
    processEntities: false,
    parseTagValue: false,
    parseAttributeValue: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    maxNestedTags: maxDepth,
    tagValueProcessor: (_name, value) => decodeReferences(value),
    attributeValueProcessor: (_name, value) => decodeReferences(value),
  });
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeReferences(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_whole, name: string) => NAMED[name] ?? "");
}

function decode(bytes: Uint8Array, place: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new AdapterError("malformed", `${place}: not XML in UTF-8`);
  }
}
