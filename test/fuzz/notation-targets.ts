import { judge } from "../../shared/signatures/notation/judge.ts";
import { OTHER_IMAGE } from "../fixtures/cosign.ts";
import {
  bytesOf,
  cbor,
  coseHeader,
  coseOf,
  epoch,
  headerOf,
  type Jws,
  jwsOf,
  NOTARY,
  payloadOf,
  type Signing,
} from "../fixtures/notation.ts";
import { tokenOf } from "../fixtures/revocation.ts";
import { damageBytes } from "./damage-bytes.ts";
import { cborView, damageCbor } from "./damage-cbor.ts";
import { damageDer } from "./damage-der.ts";
import { damageJson } from "./damage-json.ts";
import { normalOf, seedsOf } from "./judging.ts";
import { JWS, makeWorld, STAMP, trustOf, type World } from "./notation-world.ts";
import { describe, explain, type Free, type Good } from "./same.ts";
import type { MakeTarget, Outcome, Target } from "./target.ts";

const COSE = "application/cose";

function algorithmOf({ leaf }: Signing): readonly [string, number] {
  if (leaf.privateKey.asymmetricKeyType === "rsa") return ["PS256", -37];
  return leaf.privateKey.asymmetricKeyDetails?.namedCurve === "secp384r1" ? ["ES384", -35] : ["ES256", -7];
}

const FREE_HEADER: Free = [
  [/^header\.io\.cncf\.notary\.signingAgent/, "the name of the program that signed"],
  [/^header\.(?!x5c)(?!io\.cncf\.notary\.timestampSignature)/, "unprotected members that mean nothing"],
];
const UNSTAMPED: Free = [
  ...FREE_HEADER,
  [/^header\.io\.cncf\.notary\.timestampSignature/, "a timestamp that its certificate does not need"],
];

export const jwsEnvelopes: MakeTarget = () => {
  const world = makeWorld();
  const stamped = (seconds: number): Jws => {
    const document = jwsOf(world.ended);
    const token = tokenOf(world.stamper, world.stampRoot, Buffer.from(document.signature, "base64url"), { seconds });
    return { ...document, header: { ...document.header, [STAMP]: token.toString("base64") } };
  };
  const plain = world.signers.map((each) => jwsOf(each, headerOf({ alg: algorithmOf(each)[0] })));
  const [first = world.ended] = world.signers;
  const expired = headerOf({ crit: [`${NOTARY}.signingScheme`, `${NOTARY}.expiry`], [`${NOTARY}.expiry`]: "2026-10-01T00:00:00Z" });
  const bads = [
    jwsOf(world.stranger),
    jwsOf(first, headerOf(), payloadOf({ digest: OTHER_IMAGE })),
    jwsOf(first, expired),
    jwsOf(world.ended),
  ];
  const families = [
    { free: UNSTAMPED, documents: plain },
    { free: FREE_HEADER, documents: [stamped(1)] },
  ];
  return envelopeTarget({ id: "envelope (JWS)", mediaType: JWS, world, families, bads, encode: bytesOf, view: normalOf });
};

function stampedCose(world: World): Buffer {
  const whole = coseOf(world.ended);
  const signature = whole.subarray(-64);
  const token = tokenOf(world.stamper, world.stampRoot, signature);
  // One member more in the unprotected header, behind the chain: a map of one becomes a map of two.
  const chain = cbor(new Map([[33, [world.ended.leaf, world.ended.root].map(({ bytes }) => bytes)]]));
  const stamped = Buffer.concat([Buffer.of(0xa2), chain.subarray(1), cbor(STAMP), cbor(token)]);
  return Buffer.concat([whole.subarray(0, whole.indexOf(chain)), stamped, whole.subarray(whole.indexOf(chain) + chain.length)]);
}

export const coseEnvelopes: MakeTarget = () => {
  const world = makeWorld();
  const headerBy = (each: Signing) => coseHeader([1, algorithmOf(each)[1]]);
  const [first = world.ended] = world.signers;
  const expiry = `${NOTARY}.expiry`;
  const expired = coseHeader([2, [`${NOTARY}.signingScheme`, expiry]], [expiry, epoch("2026-10-01T00:00:00Z")]);
  const bads = [
    coseOf(world.stranger),
    coseOf(first, coseHeader(), payloadOf({ digest: OTHER_IMAGE })),
    coseOf(first, expired),
    coseOf(world.ended),
  ];
  const families = [
    { free: UNSTAMPED, documents: world.signers.map((each) => coseOf(each, headerBy(each))) },
    { free: FREE_HEADER, documents: [stampedCose(world)] },
  ];
  return envelopeTarget({
    id: "envelope (COSE)",
    mediaType: COSE,
    world,
    families,
    bads,
    encode: (bytes: Buffer) => bytes,
    view: cborView,
  });
};

interface Forms<Form> {
  readonly id: string;
  readonly mediaType: string;
  readonly world: World;
  readonly families: readonly { readonly free: Free; readonly documents: readonly Form[] }[];
  readonly bads: readonly Form[];
  readonly encode: (form: Form) => Buffer;
  readonly view: (bytes: Buffer) => unknown;
}

/** Judges envelopes: with the media type that is theirs, and now and then with the other's. */
async function envelopeTarget<Form>({ id, mediaType, world, families, bads, encode, view }: Forms<Form>): Promise<Target> {
  const trust = trustOf(world);
  const judgeAs = (bytes: Buffer) => judge({ bytes, mediaType, revocation: undefined }, trust);
  const known: { readonly free: Free; readonly goods: readonly Good[] }[] = [];
  for (const { free, documents } of families) {
    const goods = documents.map(async (form) => ({ document: view(encode(form)), judgement: await judgeAs(encode(form)) }));
    known.push({ free, goods: await Promise.all(goods) });
  }
  const damages = [mediaType === JWS ? damageJson : damageCbor, damageBytes] as const;
  return {
    id,
    share: 90,
    seeds: seedsOf([...families.flatMap(({ documents }) => documents), ...bads].map(encode)),
    damages: [damages[0], ...damages],
    async judge(bytes) {
      const judgement = await judgeAs(bytes);
      if (judgement.code !== "ok") return { code: judgement.code };
      const document = view(bytes);
      const same = known.map(({ goods, free }) => explain(document, judgement, goods, free)).find((reason) => reason !== undefined);
      return same === undefined ? { code: "ok", violation: describe(document, known[0]?.goods ?? []) } : { code: "ok", same };
    },
  };
}

/** Certificates of a chain, each of them damaged in its place while the signature stays: no other one may take its place. */
export const chains: MakeTarget = () => {
  const world = makeWorld();
  const trust = trustOf(world);
  const [, , , { root, leaf, between = [] } = world.ended] = world.signers;
  const chain = [leaf, ...between, root].map(({ bytes }) => bytes);
  const document = jwsOf({ root, leaf, between });
  const strangers = [world.stranger.leaf, world.ended.leaf, world.stamper].map(({ bytes }) => bytes);
  return {
    id: "chain of certificates",
    share: 60,
    seeds: seedsOf([...chain, ...strangers]),
    damages: [damageDer, damageDer, damageBytes],
    async judge(bytes) {
      const outcomes: Outcome[] = [];
      for (const place of chain.keys()) {
        const x5c = chain.map((own, at) => (at === place ? bytes : own).toString("base64"));
        const { code } = await judge({ bytes: bytesOf({ ...document, header: { x5c } }), mediaType: JWS, revocation: undefined }, trust);
        if (code === "ok" && !bytes.equals(chain[place] ?? NOTHING))
          return { code, violation: `accepted another certificate in place ${place}` };
        outcomes.push(code === "ok" ? { code, same: "spelling" } : { code });
      }
      return outcomes.find(({ same }) => same !== undefined) ?? outcomes[0] ?? { code: "none" };
    },
  };
};

const NOTHING = Buffer.alloc(0);
