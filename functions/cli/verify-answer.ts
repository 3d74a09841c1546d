import { type Instant, printInstant } from "../../shared/domain/time.ts";
import type { SignatureList } from "../../shared/pipeline/list-signatures.ts";
import { signersOf, type TrustedSigner } from "../../shared/policy/trust/trust.ts";
import type { ChosenPolicy } from "./check-policy.ts";
import type { Demanded, DemandedRule } from "./verify-demand.ts";
import { type AskedView, type ImageSignatures, viewOf } from "./verify-view.ts";

/** What scripts read; keep it stable. */
export interface VerifyAnswer extends ImageSignatures {
  readonly image: string;
  readonly verdict: "enough" | "not-enough" | "unknown" | "nobody-trusted";
  /** The clock that it was verified by. */
  readonly at: string;
  readonly policy?: { readonly name: string; readonly version: string; readonly file: string };
  /** All whose signatures count. */
  readonly trusted: readonly TrustedSigner[];
  readonly rules: readonly DemandedRule[];
  readonly asked: readonly AskedView[];
}

const VERDICTS = {
  compliant: "enough",
  violating: "not-enough",
  indeterminate: "unknown",
  "nobody-trusted": "nobody-trusted",
} as const satisfies Readonly<Record<Demanded["kind"], VerifyAnswer["verdict"]>>;

/** What was found out about one image. */
export interface Verified {
  readonly list: SignatureList;
  readonly demanded: Demanded;
  readonly asked: readonly AskedView[];
}

/** What the command line asked for. */
export interface Given {
  readonly chosen: ChosenPolicy;
  /** Whether it is somebody's policy, not the built-in one. */
  readonly isNamed: boolean;
  readonly predicateType: string | undefined;
  readonly now: Instant;
}

export function answerOf(image: string, { list, demanded, asked }: Verified, { chosen, isNamed, predicateType, now }: Given): VerifyAnswer {
  const { policy } = chosen.active;
  const trusted = signersOf(policy.trust);
  return {
    image,
    verdict: VERDICTS[demanded.kind],
    at: printInstant(now),
    ...(isNamed ? { policy: { name: policy.id.name, version: policy.id.version, file: chosen.file } } : {}),
    trusted,
    rules: demanded.rules,
    asked,
    ...viewOf(list, { isAnybodyTrusted: trusted.length > 0, predicateType }),
  };
}
