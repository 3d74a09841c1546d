import { judgeFault } from "../content-fault.ts";
import { readBundle } from "./bundle.ts";
import type { Expected, Judgement } from "./judgement.ts";
import { judgeEnvelope } from "./verify-envelope.ts";

/** Judges one bundle; `undefined` where it is not of the kind that is asked for. Pure, and never throws on content. */
export function verifyBundle(bytes: Uint8Array, expected: Expected): Judgement | undefined {
  const { sigstore = [] } = expected;
  try {
    const allowsChain = sigstore.some((instance) => instance.kind === "ready" && instance.allowsChain);
    const { content, ...brought } = readBundle(bytes, { allowsChain });
    if (content.kind === "message")
      return { code: "unsupported", detail: "signs a bare message; a signature of an image is a statement about it" };
    return judgeEnvelope(content, () => brought, expected);
  } catch (error) {
    return judgeFault(error);
  }
}
