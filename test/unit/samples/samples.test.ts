import { createPublicKey, verify } from "node:crypto";
import { expect, test } from "vitest";
import { planSamples, type Sample } from "../../../functions/local/samples/samples.ts";
import { makeSigningKey } from "../../../functions/local/samples/sign.ts";

const key = makeSigningKey();
const samples = planSamples({ key, scannedAt: "2026-11-21T08:00:00.000Z" });

test("the images are the same on every machine: same bytes, same digests", () => {
  expect(Object.fromEntries(samples.map(({ repository, image }) => [repository, image.digest]))).toEqual({
    "samples/clean": "sha256:4383a3f22413c812668955d460936f42cad6b4c9a1362f28fc6a4aeeadf829a4",
    "samples/mixed": "sha256:37a8749ed5c9d985356ee962a75845fdee08688f03bf554214d6f1571d83eed6",
    "samples/unscanned": "sha256:662c436c56f39416f1b57b5722e8a447150aaeb86a3b1ea942a8b164439e0a36",
    "samples/vulnerable": "sha256:21242b8105003d301f980455ade256b8998172ddb80b723e05971e6a8d4d7c9c",
  });
});

test.each(samples.map((sample) => [sample.repository, sample] as const))(
  "%s carries a signature over its digest, in the form that cosign verifies",
  (_, { before, image }: Sample) => {
    const bundles = before
      .flatMap(({ blobs }) => blobs.filter(({ mediaType }) => mediaType.includes("sigstore.bundle")))
      .map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()));
    const envelopes = bundles.map(({ dsseEnvelope }) => dsseEnvelope);
    const mine = envelopes.find(({ payload }) => Buffer.from(payload, "base64").toString().includes(image.digest.slice("sha256:".length)));
    // cosign passes over a signature with a keyid that is not an SSH fingerprint.
    expect(Object.keys(mine.signatures[0])).toEqual(["sig"]);
    const payload = Buffer.from(mine.payload, "base64");
    const signed = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${payload.length} `), payload]);
    expect(verify("sha256", signed, createPublicKey(key.publicPem), Buffer.from(mine.signatures[0].sig, "base64"))).toBe(true);
  },
);
