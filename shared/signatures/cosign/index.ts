import { setImmediate } from "node:timers/promises";
import type { SignatureFact } from "../../domain/evidence.ts";
import type { Repository } from "../../domain/image-ref.ts";
import type { Descriptor } from "../../domain/manifest.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Referrer } from "../../ports/image-source.ts";
import type { SignatureVerifier, Trust, VerifyRequest } from "../../ports/signature-verifier.ts";
import { judgeFault } from "../content-fault.ts";
import { MAX_BYTES } from "../strict.ts";
import { claims } from "./claims.ts";
import { type Candidate, candidatesIn } from "./discover.ts";
import type { Expected, Judgement } from "./judgement.ts";
import { readSigstore } from "./keyless.ts";
import { readKey } from "./keys.ts";
import { strayFacts } from "./stray.ts";
import { verifyBundle } from "./verify-bundle.ts";
import { verifyEnvelope } from "./verify-envelope.ts";
import { NEEDS_MANIFEST } from "./verify-message.ts";
import { verifyPayload } from "./verify-payload.ts";

// What an image may carry before the rest is left unread.
const MAX_SIGNATURES = 1000;
const MAX_TOTAL_BYTES = 64 * MAX_BYTES;

type Found = { readonly repository: Repository; readonly place: string; readonly candidate: Candidate };
type ReadManifest = () => Promise<Uint8Array | undefined>;
type ReadBlob = (repository: Repository, content: Descriptor) => Promise<Uint8Array>;

/** cosign's signatures, by key and by certificate (keyless): bundles (cosign 3) and simple signing (cosign 1 and 2), verified offline. */
export const cosign: SignatureVerifier = openVerifier();

function openVerifier(): SignatureVerifier {
  // Reading a key costs half a verification, a root ten; the parts of a policy's trust stay the same objects until the policy changes, while
  // what is asked of it (signature, attestation) does not.
  const trusted = new WeakMap<Trust["keys"], { readonly of: Trust; readonly read: Trusted }>();
  return {
    id: "cosign",
    reads: "referrers",
    claims,
    async verify(request, signal) {
      const { trust, image, now } = request;
      const known = trusted.get(trust.keys);
      const { read } = known !== undefined && isSame(known.of, trust) ? known : { read: readTrust(trust) };
      trusted.set(trust.keys, { of: trust, read });
      const asked = trust.predicateType === undefined ? {} : { predicateType: trust.predicateType };
      const expected = { ...read, image: image.digest, annotations: trust.annotations ?? {}, now, ...asked };
      return [...(await foundFacts(request, expected, signal)), ...(await strayFacts(request, signal))];
    },
  };
}

type Trusted = Pick<Expected, "keys" | "sigstore">;

function isSame(one: Trust, other: Trust): boolean {
  return one.identities === other.identities && one.sigstore === other.sigstore;
}

function readTrust({ keys, identities = [], sigstore = [] }: Trust): Trusted {
  return { keys: keys.map(readKey), sigstore: sigstore.map((instance) => readSigstore(instance, identities)) };
}

async function foundFacts(request: VerifyRequest, expected: Expected, signal?: AbortSignal): Promise<readonly SignatureFact[]> {
  const asked = expected.predicateType === undefined ? "signature" : "attestation";
  const found = request.referrers.flatMap(({ repository, referrer }) =>
    candidatesIn(referrer, asked).map((candidate): Found => ({ repository, place: placeOf(referrer), candidate })),
  );
  const readBlob = blobReader(request, signal);
  const readManifest = manifestReader(request, signal);
  const facts: SignatureFact[] = [];
  for (const { repository, place, candidate } of found.slice(0, MAX_SIGNATURES)) {
    // Whoever may push may push a thousand: other work goes on between them.
    await setImmediate();
    const judgement = await judge(candidate, repository, { readBlob, readManifest }, expected);
    if (judgement !== undefined) facts.push({ format: "cosign", place, ...judgement });
  }
  return [...facts, ...unreadFacts(found)];
}

function unreadFacts(found: readonly Found[]): readonly SignatureFact[] {
  return found.slice(MAX_SIGNATURES, MAX_SIGNATURES + 1).map(({ place }) => {
    return { format: "cosign", place, code: "too-large", detail: `${found.length} signatures, at most ${MAX_SIGNATURES} are read` };
  });
}

async function judge(
  candidate: Candidate,
  repository: Repository,
  { readBlob, readManifest }: { readonly readBlob: ReadBlob; readonly readManifest: ReadManifest },
  expected: Expected,
): Promise<Judgement | undefined> {
  if (candidate.kind === "refused") return candidate.judgement;
  let bytes: Uint8Array;
  try {
    bytes = await readBlob(repository, candidate.content);
  } catch (error) {
    return judgeFault(error);
  }
  switch (candidate.kind) {
    case "bundle":
      return await judgeBundle(bytes, readManifest, expected);
    case "payload":
      return verifyPayload({ ...candidate.beside, payload: bytes }, expected);
    case "envelope":
      return verifyEnvelope({ ...candidate.beside, payload: bytes }, expected);
  }
}

/** A bundle over bare bytes is rare: the manifest is fetched where one is met. */
async function judgeBundle(bytes: Uint8Array, readManifest: ReadManifest, expected: Expected): Promise<Judgement | undefined> {
  const judgement = verifyBundle(bytes, expected);
  if (judgement !== NEEDS_MANIFEST) return judgement;
  const manifest = await readManifest();
  return manifest === undefined ? judgement : verifyBundle(bytes, { ...expected, manifest });
}

/** Bytes of the image's manifest, read once, from wherever it lies. */
function manifestReader({ source, image, repositories = [image.repository] }: VerifyRequest, signal?: AbortSignal): ReadManifest {
  const find = async (): Promise<Uint8Array | undefined> => {
    for (const repository of repositories) {
      const manifest = await source.manifest(repository, image.digest, signal);
      if (manifest !== undefined) return manifest.bytes;
    }
    return undefined;
  };
  let found: ReturnType<ReadManifest> | undefined;
  return () => {
    found ??= find();
    return found;
  };
}

/** Reads contents within a budget for the whole image. The same payload signed many times in a row is fetched once; no more is kept. */
function blobReader({ source }: VerifyRequest, signal?: AbortSignal): ReadBlob {
  let last: { readonly name: string; readonly bytes: Uint8Array } | undefined;
  let left = MAX_TOTAL_BYTES;
  return async (repository, { digest, size }) => {
    const name = `${repository}@${digest} ${size}`;
    if (last?.name === name) return last.bytes;
    left -= size;
    if (left < 0) throw new AdapterError("too-large", `signatures of more than ${MAX_TOTAL_BYTES} bytes together`);
    const bytes = await source.blob(repository, { digest, size }, MAX_BYTES, signal);
    last = { name, bytes };
    return bytes;
  };
}

function placeOf({ manifest, tag }: Referrer): string {
  return tag ?? manifest.digest;
}
