import { createPublicKey, verify } from "node:crypto";
import type { Digest } from "../../domain/digest.ts";
import { PUBLISHED_FORMS, type PublishedForm } from "../../domain/publication.ts";
import { add, type Duration, type Instant, instant, parseDuration } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Signer } from "../../ports/signer.ts";
import type { Comparison, OwnAttestation, PublicationRequest, Settled, VerdictPublisher, Wanted } from "../../ports/verdict-publisher.ts";
import { preAuthenticationEncoding } from "../dsse.ts";
import { bundleArtifact, olderLayer, type SignedStatement } from "./artifacts.ts";
import { type Found, findOwn } from "./find-own.ts";
import { editOlder } from "./older-form.ts";
import type { OwnKey } from "./own-words.ts";
import { encodePass, type Pass, STATEMENT_TYPE, says, type Verifier } from "./statement.ts";

export interface PublisherSettings {
  readonly signer: Signer;
  /** Public keys that it signed with before, SPKI in DER: what they signed is taken away like its own. */
  readonly formerKeys: readonly Uint8Array[];
  readonly verifier: Verifier;
  readonly isOn: boolean;
  readonly freshFor: Duration;
}

// Clocks of two gates on one registry run apart.
const AHEAD = parseDuration("5m");

export function openPublisher(settings: PublisherSettings): VerdictPublisher {
  const { signer, formerKeys, isOn, freshFor } = settings;
  const keys: readonly OwnKey[] = [
    { key: keyOf(signer.spki), isCurrent: true },
    ...formerKeys.map((spki) => ({ key: keyOf(spki), isCurrent: false })),
  ];
  return {
    isOn,
    freshFor,
    async compare(request, signal) {
      const found = await findOwn(request, keys, signal);
      return divide(found, request, (one) => stays(one, request, settings));
    },
    settle: (request, comparison, signal) => settle(settings, request, comparison, signal),
  };
}

function keyOf(spki: Uint8Array) {
  return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
}

/** Of each form the newest that may stay is enough; one more would have to be taken away one day. */
function divide(found: readonly Found[], { wanted, skipped }: PublicationRequest, mayStay: (found: Found) => boolean): Comparison {
  const good = found.filter(mayStay);
  if (wanted.kind !== "pass") return { standing: good, surplus: found.filter((one) => !good.includes(one)), missing: [] };
  const standing = PUBLISHED_FORMS.flatMap((form) =>
    good
      .filter((one) => one.form === form)
      .toSorted(newestFirst)
      .slice(0, 1),
  );
  return {
    standing,
    surplus: found.filter((one) => !standing.includes(one)),
    missing: PUBLISHED_FORMS.filter((form) => !skipped.includes(form) && standing.every((one) => one.form !== form)),
  };
}

function newestFirst(a: OwnAttestation, b: OwnAttestation): number {
  return timeIn(b) - timeIn(a);
}

function timeIn({ at }: OwnAttestation): number {
  return at === "unknown" ? 0 : at;
}

function stays(
  found: Found,
  { wanted, subject, repositories, now }: PublicationRequest,
  { verifier, freshFor }: PublisherSettings,
): boolean {
  if (wanted.kind === "none" || found.at === "unknown") return false;
  const isFresh = add(found.at, freshFor) > now && found.at <= add(now, AHEAD);
  if (wanted.kind === "keep") return isFresh && wanted.known.has(found.manifest);
  const isOurs = found.words.isCurrent && found.repository === repositories[0];
  return isFresh && isOurs && says(found.words.payload, passOf(subject, wanted), verifier);
}

function passOf(subject: PublicationRequest["subject"], { policy, inputs }: Extract<Wanted, { readonly kind: "pass" }>): Pass {
  return { subject, policy, inputs };
}

async function settle(
  settings: PublisherSettings,
  request: PublicationRequest,
  comparison: Comparison,
  signal?: AbortSignal,
): Promise<Settled> {
  const { standing, surplus, missing } = comparison;
  const put = missing.length === 0 ? NOTHING_PUT : await attest(settings, request, comparison, signal);
  // Layers of one manifest change its digest together.
  const now = new Map<Digest, Digest | undefined>();
  const faults: AdapterError[] = [];
  for (const one of surplus) {
    try {
      now.set(one.manifest, await withdraw(request, one, signal));
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      faults.push(error);
    }
  }
  // All that can go goes first.
  if (faults[0] !== undefined) throw faults[0];
  const stood = [...standing.map(({ manifest }) => manifest), ...put.manifests];
  return {
    subject: request.subject.digest,
    manifests: [...new Set(stood.map((manifest) => now.get(manifest) ?? manifest))],
    at: instant(Math.min(request.now, ...standing.map(timeIn))),
    notes: put.notes,
    skipped: [...new Set([...request.skipped, ...put.skipped])],
  };
}

interface Put {
  readonly manifests: readonly Digest[];
  readonly notes: readonly string[];
  readonly skipped: readonly PublishedForm[];
}

const NOTHING_PUT: Put = { manifests: [], notes: [], skipped: [] };

async function attest(
  settings: PublisherSettings,
  request: PublicationRequest,
  { missing, surplus }: Comparison,
  signal?: AbortSignal,
): Promise<Put> {
  const { wanted, registry, subject, now, repositories } = request;
  const repository = repositories[0] ?? subject.repository;
  const image = await registry.manifest(repository, subject.digest, signal);
  if (wanted.kind !== "pass" || image === undefined) return NOTHING_PUT;
  // What could not be taken away again is never said.
  await registry.attachments.proveDetachable(repository, signal);
  const signed = await signPass(settings, passOf(subject, wanted), now, signal);
  const manifests: Digest[] = [];
  if (missing.includes("bundle")) {
    const { digest, mediaType, bytes } = image;
    const artifact = bundleArtifact(signed, { digest, mediaType, size: bytes.byteLength }, now);
    await registry.attachments.attach(repository, subject.digest, artifact, signal);
    manifests.push(artifact.descriptor.digest);
  }
  if (!missing.includes("att")) return { ...NOTHING_PUT, manifests };
  const drop = new Set(surplus.filter((one) => one.form === "att" && one.repository === repository).map(({ content }) => content));
  const older = await orNote(() => editOlder(request, { repository, subject: subject.digest, add: [olderLayer(signed)], drop }, signal));
  if (typeof older === "object") return { manifests, notes: [older.note], skipped: ["att"] };
  return { manifests: [...manifests, ...(older === undefined ? [] : [older])], notes: [], skipped: [] };
}

/** A tag that may not be moved leaves the bundle, which most consumers read. */
async function orNote<T>(write: () => Promise<T>): Promise<T | { readonly note: string }> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof AdapterError) || error.retryable || !["conflict", "refused"].includes(error.code)) throw error;
    return { note: `the older form (.att) was not written: ${error.message}` };
  }
}

/** What a key service gives back is tried before anybody gets to see it. */
async function signPass({ signer, verifier }: PublisherSettings, pass: Pass, at: Instant, signal?: AbortSignal): Promise<SignedStatement> {
  const payload = encodePass(pass, verifier, at);
  const covered = preAuthenticationEncoding(STATEMENT_TYPE, payload);
  const signature = await signer.sign(covered, signal);
  if (!verify("sha256", covered, { key: keyOf(signer.spki), dsaEncoding: "der" }, signature))
    throw new AdapterError("malformed", "the signature that the verdict key gave does not verify under its own public key");
  return { payload, signature, keyId: signer.keyId };
}

/** By digest; of what signers share, the gate's own layer alone. @returns what holds the rest now */
async function withdraw(
  request: PublicationRequest,
  { form, repository, manifest, content }: OwnAttestation,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  const subject = request.subject.digest;
  if (form === "att") return editOlder(request, { repository, subject, add: [], drop: new Set([content]) }, signal);
  await request.registry.attachments.detach(repository, subject, manifest, signal);
  return undefined;
}
