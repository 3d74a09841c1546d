import { judgeFault } from "../content-fault.ts";
import { readBundle } from "./bundle.ts";
import type { Expected, Judgement } from "./judgement.ts";
import { judgeEnvelope } from "./verify-envelope.ts";
import { judgeMessage } from "./verify-message.ts";

/** Judges one bundle; `undefined` where it is not of the kind that is asked for. Pure, and never throws on content. */
export function verifyBundle(bytes: Uint8Array, expected: Expected): Judgement | undefined {
  const { sigstore = [] } = expected;
  try {
    const allowsChain = sigstore.some((instance) => instance.kind === "ready" && instance.allowsChain);
    const { content, ...brought } = readBundle(bytes, { allowsChain });
    if (content.kind === "message") return judgeMessage(content, () => brought, expected);
    return judgeEnvelope(content, () => brought, expected);
  } catch (error) {
    return judgeFault(error);
  }
}
