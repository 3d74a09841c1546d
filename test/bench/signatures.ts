import { createPublicKey, verify } from "node:crypto";
import { preAuthenticationEncoding } from "../../shared/signatures/cosign/dsse.ts";
import { verifyBundle } from "../../shared/signatures/cosign/verify-bundle.ts";
import { verifyPayload } from "../../shared/signatures/cosign/verify-payload.ts";
import { bundleOf, bytesOf, ecSigner, IMAGE, payloadOf, signedPayload, trusting } from "../fixtures/cosign.ts";
import { round } from "./stats.ts";

const ROUND_MS = 250;
const CHUNK = 50;

interface Contender {
  readonly name: string;
  readonly work: () => unknown;
}

/**
 * Signatures made with a P-256 key: the whole verdict (caps, strict form, signature, statement, subject) beside the bare verification of the
 * same bytes by node:crypto. Trusted keys are read once, as they are while a policy stands; nothing else is cached. The contenders run in
 * turns, so that a slow moment of the machine meets all of them, and of each the median round counts.
 */
export async function signatures({ seconds = 10 }: { readonly seconds?: number } = {}): Promise<readonly object[]> {
  const signer = ecSigner("prime256v1");
  const document = bundleOf(signer);
  const bundle = bytesOf(document);
  const { payload, payloadType } = document.dsseEnvelope;
  const covered = preAuthenticationEncoding(payloadType, Buffer.from(payload, "base64"));
  const made = signer.sign(covered);
  const older = signedPayload(signer, payloadOf(IMAGE));
  const key = createPublicKey(signer.key.pem);
  const expected = trusting(signer);
  const rows = race(seconds, [
    { name: "node:crypto verify, P-256", work: () => verify("sha256", covered, key, made) },
    { name: "bundle, whole verdict", work: () => verifyBundle(bundle, expected) },
    { name: "older form, whole verdict", work: () => verifyPayload(older, expected) },
  ]);
  const [raw = 1, keyed = 0, legacy = 0] = rows.map(({ perSecond }) => perSecond);
  return [...rows, { name: "ratios", keyedOfRaw: round(keyed / raw), olderOfRaw: round(legacy / raw), bundleBytes: bundle.length }];
}

function race(
  seconds: number,
  contenders: readonly Contender[],
): readonly { readonly name: string; readonly perSecond: number; readonly rounds: number }[] {
  const rounds = Math.max(3, Math.floor((seconds * 1000) / (ROUND_MS * contenders.length)));
  const rates = contenders.map((): number[] => []);
  for (let turn = 0; turn <= rounds; turn++) {
    contenders.forEach(({ work }, at) => {
      const rate = rateOf(work);
      // The first turn warms up.
      if (turn > 0) rates[at]?.push(rate);
    });
  }
  return contenders.map(({ name }, at) => ({ name, perSecond: Math.round(median(rates[at] ?? [])), rounds }));
}

function rateOf(work: () => unknown): number {
  const startedAt = performance.now();
  let done = 0;
  let elapsed = 0;
  while (elapsed < ROUND_MS) {
    for (let call = 0; call < CHUNK; call++) work();
    done += CHUNK;
    elapsed = performance.now() - startedAt;
  }
  return (done / elapsed) * 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
