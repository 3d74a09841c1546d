import { type Repository, type Tag } from "../../domain/image-ref.ts";
import { type Descriptor, isRunnable } from "../../domain/manifest.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Referrer } from "../../ports/image-source.ts";
import type { OwnAttestation, PublicationRequest } from "../../ports/verdict-publisher.ts";
import { MAX_BYTES } from "../strict.ts";
import { type OwnKey, type OwnWords, readOwnWords } from "./own-words.ts";
import { timeOf } from "./statement.ts";

/** Attestations beside an image that one of the gate's keys has signed, with what they say. */
export interface Found extends OwnAttestation {
  readonly words: OwnWords;
}

// What an image may carry before it is too much to look through; nothing is concluded then. cosign reads up to 128 MiB, and white space around an old
// attestation would hide it from whoever reads less.
const MOST_LAYERS = 2_000;
const MOST_BYTES_EACH = 16 * MAX_BYTES;
const MOST_BYTES = 64 * MAX_BYTES;

/** cosign takes an attestation out of no other layer (tried with 3.1.3). */
const HOLDS_WORDS = /sigstore\.bundle|dsse|in-toto/;

interface Layer {
  readonly repository: Repository;
  readonly referrer: Referrer;
  readonly content: Descriptor;
}

/** @throws AdapterError, also where too much is attached to look at all of it */
export async function findOwn(request: PublicationRequest, keys: readonly OwnKey[], signal?: AbortSignal): Promise<readonly Found[]> {
  const layers: Layer[] = [];
  for (const repository of request.repositories) {
    const referrers = await request.registry.referrers(repository, request.subject.digest, signal);
    layers.push(...referrers.flatMap((referrer) => layersOf(referrer).map((content) => ({ repository, referrer, content }))));
  }
  const bytes = layers.reduce((sum, { content }) => sum + content.size, 0);
  if (layers.length > MOST_LAYERS || bytes > MOST_BYTES || layers.some(({ content }) => content.size > MOST_BYTES_EACH))
    throw new AdapterError("too-large", `${request.subject.repository}@${request.subject.digest}: too many attestations to look through`, {
      mend: "delete what does not belong there",
    });
  const found: Found[] = [];
  for (const layer of layers) found.push(...(await readLayer(request, layer, keys, signal)));
  return found;
}

function layersOf({ manifest }: Referrer): readonly Descriptor[] {
  if (manifest.kind === "index" || isRunnable(manifest)) return [];
  return manifest.layers.filter(({ mediaType }) => HOLDS_WORDS.test(mediaType));
}

async function readLayer(
  { registry }: PublicationRequest,
  { repository, referrer, content }: Layer,
  keys: readonly OwnKey[],
  signal?: AbortSignal,
): Promise<readonly Found[]> {
  const bytes = await contentOf(() => registry.blob(repository, content, MOST_BYTES_EACH, signal));
  const words = bytes === undefined ? undefined : readOwnWords(bytes, keys);
  if (words === undefined) return [];
  const { manifest, tag } = referrer;
  const place = { repository, manifest: manifest.digest, content: content.digest, at: timeOf(words.payload), words };
  return [isOlder(tag) ? { ...place, form: "att", tag } : { ...place, form: "bundle" }];
}

function isOlder(tag: Tag | undefined): tag is Tag {
  return tag?.endsWith(".att") === true;
}

/** A content that is gone or broken admits nothing. */
async function contentOf(read: () => Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AdapterError && ["malformed", "not-found", "too-large"].includes(error.code)) return undefined;
    throw error;
  }
}
