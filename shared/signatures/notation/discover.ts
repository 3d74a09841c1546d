import { artifactTypeOf, type Descriptor, isRunnable } from "../../domain/manifest.ts";
import type { Referrer } from "../../ports/image-source.ts";
import { MAX_BYTES } from "../strict.ts";
import type { Judgement } from "./judgement.ts";
import { isEnvelopeType } from "./verify.ts";

/** An envelope that a referrer holds, or what is wrong with the manifest that should hold one. */
export type Candidate =
  | { readonly kind: "envelope"; readonly content: Descriptor }
  | { readonly kind: "refused"; readonly judgement: Judgement };

const SIGNATURE = "application/vnd.cncf.notary.signature";

/**
 * The signature that a referrer holds. Decided by the manifest alone: what a list of referrers says of it is written by anybody, and some
 * registries put the type of the configuration there. The older form has its type only in the configuration.
 */
export function candidateIn({ manifest }: Referrer): Candidate | undefined {
  // A runnable image stays an image, whatever it calls itself.
  if (manifest.kind === "index" || isRunnable(manifest) || artifactTypeOf(manifest) !== SIGNATURE) return undefined;
  const [content, ...more] = manifest.layers;
  if (content === undefined || more.length > 0)
    return refused("malformed", `${manifest.layers.length} layers, a signature has exactly one`);
  if (!isEnvelopeType(content.mediaType)) return refused("unsupported", "an envelope of a media type that is not known");
  if (content.size > MAX_BYTES) return refused("too-large", `${content.size} bytes, at most ${MAX_BYTES} are read`);
  return { kind: "envelope", content };
}

function refused(code: Judgement["code"], detail: string): Candidate {
  return { kind: "refused", judgement: { code, detail } };
}
