import { createPublicKey, verify } from "node:crypto";
import { verifyBundle } from "../../shared/signatures/cosign/verify-bundle.ts";
import { verifyPayload } from "../../shared/signatures/cosign/verify-payload.ts";
import { preAuthenticationEncoding } from "../../shared/signatures/dsse.ts";
import { bundleOf, bytesOf, ecSigner, IMAGE, payloadOf, signedPayload, trusting } from "../fixtures/cosign.ts";
import type { BenchOptions } from "./bench.ts";
import { type Rates, ROUND_MS, rateOf, ratio, row } from "./rates.ts";
import { cachedWork } from "./signatures-cached.ts";
import { keylessWork } from "./signatures-keyless.ts";
import { notationRows } from "./signatures-notation.ts";
import { besidePeers } from "./signatures-peers.ts";

/**
 * Signatures made with a P-256 key, and keyless ones: the whole verdict (caps, strict form, signature, statement, subject) beside the bare verification of the
 * same bytes by node:crypto. Trusted keys are read once, as they are while a policy stands; nothing else is cached but in the row that says so. The contenders run in
 * turns and of each the fastest counts: whatever else the machine does can only slow one down.
 */
export async function signatures({ seconds = 20, peers }: BenchOptions = {}): Promise<readonly object[]> {
  const signer = ecSigner("prime256v1");
  const document = bundleOf(signer);
  const bundle = bytesOf(document);
  const { payload, payloadType } = document.dsseEnvelope;
  const covered = preAuthenticationEncoding(payloadType, Buffer.from(payload, "base64"));
  const made = signer.sign(covered);
  const older = signedPayload(signer, payloadOf(IMAGE));
  const key = createPublicKey(signer.key.pem);
  const expected = trusting(signer);
  const keyless = keylessWork();
  const [raw, keyed, legacy, five, whole, cached] = race(seconds, [
    () => verify("sha256", covered, key, made),
    () => verifyBundle(bundle, expected),
    () => verifyPayload(older, expected),
    keyless.raw,
    keyless.verdict,
    await cachedWork(signer),
  ]);
  return [
    row("node:crypto verify, P-256", raw),
    row("bundle, whole verdict", keyed),
    row("older form, whole verdict", legacy),
    row("node:crypto verify, the five of a keyless bundle", five),
    row("keyless bundle, whole verdict", whole),
    row("cached: an image with one bundle, asked about again", cached),
    {
      name: "ratios",
      keyedOfRaw: ratio(keyed, raw),
      olderOfRaw: ratio(legacy, raw),
      keylessOfRaw: ratio(whole, five),
      bundleBytes: bundle.length,
      keylessBytes: keyless.bundleBytes,
    },
    ...notationRows(seconds),
    ...(peers === undefined ? [] : await besidePeers(peers)),
  ];
}

type Six<Item> = readonly [Item, Item, Item, Item, Item, Item];

/** Calls a second of each contender, turn by turn. */
function race(seconds: number, contenders: Six<() => unknown>): Six<Rates> {
  const rates: Six<number[]> = [[], [], [], [], [], []];
  const turns = Math.max(5, Math.floor((seconds * 1000) / (ROUND_MS * contenders.length)));
  for (let turn = 0; turn <= turns; turn++) {
    contenders.forEach((work, at) => {
      const rate = rateOf(work);
      // The first turn warms up.
      if (turn > 0) rates[at]?.push(rate);
    });
  }
  return rates;
}
