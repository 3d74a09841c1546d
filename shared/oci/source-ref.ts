import { type Digest, parseDigest } from "../domain/digest.ts";
import { isTag, parseRepository, type Tag } from "../domain/image-ref.ts";
import { type Descriptor, isRunnable, printPlatform } from "../domain/manifest.ts";
import { ParseError, quote } from "../domain/parse-error.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { type Layout, tagOf } from "./layout.ts";

const PREFIX = "oci:";
// A folder is one repository; its calls need the name of one.
const ANY = parseRepository("layout");
// Tags under which tools list what belongs to another image; never what a person means by "the image in this folder".
const ATTACHMENT_TAG = /^sha(?:256|512)-[0-9a-f]{64}(?:[0-9a-f]{64})?(?:\.(?:sig|att|sbom))?$/;

/** `oci:DIR`, `oci:DIR:tag` or `oci:DIR@sha256:...`: an image in a folder. */
export interface SourceRef {
  readonly dir: string;
  readonly reference?: Tag | Digest;
}

export function isSourceRef(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** @throws ParseError */
export function parseSourceRef(text: string, place = "image"): SourceRef {
  const path = isSourceRef(text) ? text.slice(PREFIX.length) : "";
  const at = path.lastIndexOf("@sha");
  const colon = path.lastIndexOf(":");
  const tag = path.slice(colon + 1);
  if (path === "" || at === 0 || colon === 0)
    throw new ParseError(place, `${quote(text)} names no folder`, "write oci:DIR, oci:DIR:tag or oci:DIR@sha256:...");
  if (at > 0) return { dir: path.slice(0, at), reference: parseDigest(path.slice(at + 1), place) };
  return colon > 0 && isTag(tag) ? { dir: path.slice(0, colon), reference: tag } : { dir: path };
}

/**
 * The image that a reference into a folder means. Without a tag or digest it is the only one that could run.
 * @throws AdapterError not-found, conflict (several; the message lists them)
 */
export async function resolveInLayout(layout: Layout, { dir, reference }: SourceRef): Promise<Digest> {
  const digest = reference === undefined ? await onlyImage(layout, dir) : await layout.resolve(ANY, reference);
  if (digest !== undefined) return digest;
  throw new AdapterError("not-found", `${dir}: has no ${reference}`, { mend: `it has ${layout.entries.map(printEntry).join(", ")}` });
}

async function onlyImage(layout: Layout, dir: string): Promise<Digest> {
  const images = new Map<Digest, Descriptor>();
  for (const entry of layout.entries) {
    if (ATTACHMENT_TAG.test(tagOf(entry) ?? "")) continue;
    const manifest = await layout.manifest(ANY, entry.digest);
    if (manifest !== undefined && isRunnable(manifest)) images.set(entry.digest, entry);
  }
  const [first] = images.keys();
  if (first === undefined) throw new AdapterError("not-found", `${dir}: has no image`);
  if (images.size === 1) return first;
  const choices = [...images.values()].map(printEntry).join(", ");
  throw new AdapterError("conflict", `${dir}: has ${images.size} images`, { mend: `name one of them: ${choices}` });
}

function printEntry(entry: Descriptor): string {
  const platform = entry.platform === undefined ? "" : ` (${printPlatform(entry.platform)})`;
  return `${tagOf(entry) ?? `@${entry.digest}`}${platform}`;
}
