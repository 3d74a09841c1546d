import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, parseDigest } from "../../shared/domain/digest.ts";
import { instant } from "../../shared/domain/time.ts";
import type { TrustedIdentity } from "../../shared/ports/signature-verifier.ts";
import type { Expected } from "../../shared/signatures/cosign/judgement.ts";
import { readSigstore } from "../../shared/signatures/cosign/keyless.ts";
import { readKey } from "../../shared/signatures/cosign/keys.ts";
import { verifyBundle } from "../../shared/signatures/cosign/verify-bundle.ts";
import { readSigner, rememberSigners } from "../../shared/signatures/notation/signer.ts";
import { verifyEnvelope } from "../../shared/signatures/notation/verify.ts";
import { readCertificate } from "../../shared/signatures/x509.ts";
import { statement } from "../fixtures/notation.ts";
import { buildPeers, type PeerRate, type Peers } from "./peer-programs.ts";
import { type Rates, rateOf } from "./rates.ts";
import { round } from "./stats.ts";

const ROUNDS = 3;
const TURNS = 8;

interface Index {
  readonly identity: string;
  readonly issuer: string;
  readonly manifests: readonly { readonly digest: string; readonly size: number; readonly mediaType: string }[];
}

/** A contender of ours, and the names under which the peers do the same work. */
interface Contender {
  readonly name: string;
  readonly field: "keyed" | "keyless" | "notation" | "notationUncached";
  readonly peer: string;
  readonly work: () => void;
  readonly rates: number[];
}

/**
 * The same signatures, each over another digest, verified by us and by sigstore-go, sigstore-js and notation-go in turns of one run, whole
 * verdicts on one core; of each the fastest turn counts.
 */
export async function besidePeers(folder: string): Promise<readonly object[]> {
  if (!existsSync(folder)) return [{ name: "peers", measured: false, why: `there is no folder ${folder}; give one with --peers` }];
  const peers = await buildPeers(folder);
  try {
    return await measured(peers);
  } finally {
    await peers.remove();
  }
}

async function measured(peers: Peers): Promise<readonly object[]> {
  const contenders = contendersOf(peers.fixtures);
  const theirs: PeerRate[] = [];
  for (const { work } of contenders) rateOf(work);
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (let each = 0; each < TURNS; each++) for (const { work, rates } of contenders) rates.push(rateOf(work));
    theirs.push(...(await peers.measure()));
  }
  return [
    ...contenders.map(({ name, rates }) => ({ name: `${name}, the peers' signatures`, perSecond: best(rates) })),
    ...peerRows(theirs),
    ratios(contenders, theirs),
  ];
}

function best(rates: Rates): number {
  return Math.round(Math.max(...rates));
}

function peerRows(theirs: readonly PeerRate[]): readonly object[] {
  return [...Map.groupBy(theirs, ({ name, tool }) => `${tool} ${name}`).values()].map((group) => ({
    name: group[0]?.name,
    tool: group[0]?.tool,
    version: group[0]?.version,
    perSecond: Math.round(fastest(group)),
  }));
}

function fastest(group: readonly PeerRate[]): number {
  return Math.max(...group.map(({ perSecondMax }) => perSecondMax));
}

/** Each the smallest of its kind: over all peers that do the work, and over all forms. `keylessOfPeer` therefore is over sigstore-go. */
function ratios(contenders: readonly Contender[], theirs: readonly PeerRate[]): object {
  const of = (field: Contender["field"], tool: string): number => {
    const each = contenders
      .filter((contender) => contender.field === field)
      .flatMap(({ peer, rates }) => {
        const group = theirs.filter((line) => line.name.startsWith(peer) && line.tool.includes(tool));
        return group.length === 0 ? [] : [best(rates) / fastest(group)];
      });
    if (each.length === 0) throw new Error(`no figure of ${tool} for ${field}`);
    return round(Math.min(...each));
  };
  return {
    name: "ratios to the peers",
    keyedOfPeer: of("keyed", "@sigstore/verify"),
    keyedOfSigstoreGo: of("keyed", "sigstore-go"),
    keylessOfPeer: of("keyless", "sigstore-go"),
    keylessOfSigstoreJs: of("keyless", "@sigstore/verify"),
    notationOfPeer: of("notation", "notation-go"),
    notationUncachedOfPeer: of("notationUncached", "notation-go"),
  };
}

function contendersOf(fixtures: string): readonly Contender[] {
  const read = (file: string): Buffer => readFileSync(join(fixtures, file));
  const index: Index = JSON.parse(read("index.json").toString());
  const all = (folder: string, suffix: string): readonly Buffer[] =>
    index.manifests.map((_, at) => read(`${folder}/${String(at).padStart(5, "0")}${suffix}`));
  const images = index.manifests.map(({ digest }) => parseDigest(digest));
  return [
    cosignContender("keyed", "keyed bundle", all("keyed", ".json"), images, keyedTrust(read("cosign.pub").toString())),
    cosignContender(
      "keyless",
      "keyless bundle",
      all("keyless", ".json"),
      images,
      keylessTrust(read("trusted-root.json").toString(), index),
    ),
    ...["es256", "ps256"].flatMap((algorithm) =>
      (["jws", "cose"] as const).flatMap((form) =>
        notationContenders(form, algorithm, all(`notation-${form}-${algorithm}`, ".sig"), index, read(`notation-${algorithm}-root.pem`)),
      ),
    ),
  ];
}

function keyedTrust(pem: string): Omit<Expected, "image"> {
  return { keys: [readKey({ name: "release", pem, hash: "of-key" })], annotations: {}, now: instant(Date.now()) };
}

function keylessTrust(root: string, { identity, issuer }: Index): Omit<Expected, "image"> {
  const exact = (value: string): TrustedIdentity["issuer"] => ({ kind: "exact", value });
  const identities: readonly TrustedIdentity[] = [{ name: "release", issuer: exact(issuer), subject: exact(identity) }];
  return { keys: [], sigstore: [readSigstore({ name: "case", root }, identities)], annotations: {}, now: instant(Date.now()) };
}

function cosignContender(
  field: "keyed" | "keyless",
  name: string,
  bundles: readonly Buffer[],
  images: readonly Digest[],
  trust: Omit<Expected, "image">,
): Contender {
  const verdicts = bundles.map((bundle, at) => () => {
    const [image] = images.slice(at, at + 1);
    if (image === undefined || verifyBundle(bundle, { ...trust, image })?.code !== "ok") throw new Error(`a good ${name} was refused`);
  });
  return { name: `${name}, whole verdict`, field, peer: name, work: inTurn(verdicts), rates: [] };
}

function notationContenders(
  form: "jws" | "cose",
  algorithm: string,
  envelopes: readonly Buffer[],
  { manifests }: Index,
  rootPem: Buffer,
): readonly Contender[] {
  const mediaType = form === "jws" ? "application/jose+json" : "application/cose";
  const root = readCertificate(Buffer.from(rootPem.toString().replace(/-----[A-Z ]+-----|\s/g, ""), "base64"));
  const anchors = { ca: [root], signingAuthority: [], tsa: [] };
  const identities = [new Map(Object.entries({ C: "US", ST: "WA", O: "Acme" }))];
  const trust = { anchors, statement: statement({ identities }), signers: "notation", metadata: {}, now: instant(Date.now()) };
  const contender = (field: Contender["field"], words: string, reader: typeof readSigner): Contender => {
    const verdicts = envelopes.map((bytes, at) => {
      const [manifest] = manifests.slice(at, at + 1).map(({ digest, ...rest }) => ({ ...rest, digest: parseDigest(digest) }));
      if (manifest === undefined) throw new Error("a signature without an image");
      const expected = { ...trust, image: manifest, readSigner: reader };
      return () => {
        const verified = verifyEnvelope(bytes, mediaType, expected);
        if (verified.kind === "refused" || verified.failures.length > 0)
          throw new Error(`a good notation ${form} ${algorithm} was refused`);
      };
    });
    return {
      name: `notation ${form} ${algorithm}, ${words}`,
      field,
      peer: `notation ${form} ${algorithm}`,
      work: inTurn(verdicts),
      rates: [],
    };
  };
  return [contender("notationUncached", "nothing remembered", readSigner), contender("notation", "chain remembered", rememberSigners())];
}

/** Each call takes the next one. */
function inTurn(works: readonly (() => void)[]): () => void {
  let at = 0;
  return () => works[at++ % works.length]?.();
}
