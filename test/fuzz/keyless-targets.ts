import { verifyBundle } from "../../shared/signatures/cosign/verify-bundle.ts";
import type { Made } from "../fixtures/certificates.ts";
import { bytesOf, IMAGE, OTHER_IMAGE, statementOf } from "../fixtures/cosign.ts";
import {
  act,
  ENDED_AT,
  goodBundle,
  type KeylessDocument,
  keylessBundle,
  subjectNames,
  trustingInstance,
  uri,
} from "../fixtures/sigstore.ts";
import { base64, dsseBody, logEntry, stamp, tileBody } from "../fixtures/sigstore-log.ts";
import { damageBytes } from "./damage-bytes.ts";
import { damageDer } from "./damage-der.ts";
import { damageJson } from "./damage-json.ts";
import { issuerName, judgeDocument, normalOf, seedsOf } from "./judging.ts";
import { belowOf, type Instance, instanceOfAll } from "./keyless-seeds.ts";
import type { Free, Good } from "./same.ts";
import type { MakeTarget, Outcome } from "./target.ts";

const ENTRY = "^verificationMaterial\\.tlogEntries\\.\\d+\\.";
const COMMON: Free = [
  [/^mediaType$/, "another version of the same form"],
  [/keyid$/, "the key id, which says nothing"],
  [new RegExp(`${ENTRY}kindVersion$`), "the kind of the entry, which its body names"],
  [/^verificationMaterial\.timestampVerificationData(\.rfc3161Timestamps)?$/, "no timestamps, said in another way"],
];
/** Issuers may come along; the one that is needed must. */
const spareBut = (needed: string): Free => [
  [new RegExp(`^verificationMaterial\\.x509CertificateChain\\.issuers\\.(?!${needed})`), "issuers that were not needed"],
];
/** First generation: the log's promise tells the time, so timestamps beside it are not read. */
const PROMISED: Free = [
  ...COMMON,
  [/^verificationMaterial\.timestampVerificationData/, "a timestamp beside a log that tells the time"],
  [new RegExp(`${ENTRY}inclusionProof$`), "no proof where a promise stands, as version 0.1 has it"],
];
/** Second generation: the log tells neither time nor place. */
const TILED: Free = [
  ...COMMON,
  [new RegExp(`${ENTRY}(logIndex|integratedTime)$`), "place and time of an entry that nobody vouches for, and nobody reads"],
];

/** Documents that count, with what may change in them. */
interface Family {
  readonly free: Free;
  readonly documents: readonly object[];
}

function familiesOf(instance: Instance): readonly Family[] {
  const below = belowOf(instance);
  const [first, second, under] = [act(instance), act(instance), act(instance, { issuedBy: below })];
  const older = { ...goodBundle(instance), mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1" };
  const tile = logEntry(instance.tiles, tileBody(second));
  return [
    {
      free: [...PROMISED, ...spareBut("none")],
      documents: [goodBundle(instance), older, chained(keylessBundle(first, [logEntry(instance.log, dsseBody(first))]), [])],
    },
    { free: TILED, documents: [keylessBundle(second, [tile], [stamp(instance.stamper, second.signature)])] },
    // The authority in between counts here: without it there is no way to the root.
    {
      free: [...PROMISED, ...spareBut(issuerName({ rawBytes: base64(below.bytes) }))],
      documents: [chained(keylessBundle(under, [logEntry(instance.log, dsseBody(under))]), [below])],
    },
  ];
}

function chained(document: KeylessDocument, issuers: readonly Made[]): KeylessDocument {
  const { certificate, ...rest } = document.verificationMaterial;
  const certificates = [certificate, ...issuers.map(({ bytes }) => ({ rawBytes: base64(bytes) }))];
  return { ...document, verificationMaterial: { ...rest, x509CertificateChain: { certificates } } };
}

function badsOf(instance: Instance): readonly object[] {
  const late = act(instance);
  return [
    goodBundle(instanceOfAll()),
    goodBundle(instance, { image: OTHER_IMAGE }),
    goodBundle(instance, { statement: statementOf(IMAGE, { predicateType: "https://slsa.dev/provenance/v1" }) }),
    goodBundle(instance, { names: subjectNames(uri("https://code.example/somebody/else")) }),
    keylessBundle(late, [logEntry(instance.log, dsseBody(late), { at: ENDED_AT + 60_000 })]),
  ];
}

/** Bundles by certificates: both generations of logs, older versions, chains; and those of strangers, too late, of others. */
export const keylessBundles: MakeTarget = () => {
  const instance = instanceOfAll();
  const expected = trustingInstance(instance, { allowsChain: true });
  const judge = (bytes: Buffer): ReturnType<typeof verifyBundle> => verifyBundle(bytes, expected);
  const families = familiesOf(instance).map(({ free, documents }) => ({ free, texts: documents.map(bytesOf) }));
  const known = families.map(({ free, texts }) => ({
    free,
    goods: texts.map((bytes): Good => ({ document: normalOf(bytes), judgement: judge(bytes) })),
  }));
  return {
    id: "bundle by certificate",
    share: 120,
    seeds: seedsOf([...families.flatMap(({ texts }) => texts), ...badsOf(instance).map(bytesOf)]),
    damages: [damageJson, damageJson, damageJson, damageBytes],
    judge: (bytes) => bestOf(known.map(({ free, goods }) => judgeDocument(judge(bytes), bytes, goods, free))),
  };
};

/** Entry of a log alone: body, promise, proof and checkpoint. */
export const logEntries: MakeTarget = () => {
  const instance = instanceOfAll();
  const expected = trustingInstance(instance);
  const [promised, tiled, other] = [act(instance), act(instance), act(instance)];
  const first = (entry: object) => keylessBundle(promised, [entry]);
  const second = (entry: object) => keylessBundle(tiled, [entry], [stamp(instance.stamper, tiled.signature)]);
  const entries = [logEntry(instance.log, dsseBody(promised)), logEntry(instance.tiles, tileBody(tiled))];
  const families = [
    { free: PROMISED, inside: first },
    { free: TILED, inside: second },
  ].map(({ free, inside }, at) => {
    const bytes = bytesOf(inside(entries[at] ?? {}));
    return { free, inside, goods: [{ document: normalOf(bytes), judgement: verifyBundle(bytes, expected) }] };
  });
  const judge = (bytes: Buffer): Outcome => {
    const outcomes = families.map(({ free, inside, goods }) => {
      const document = bytesOf(inside({ MARK: 1 }))
        .toString()
        .replace('{"MARK":1}', () => bytes.toString());
      return judgeDocument(verifyBundle(Buffer.from(document), expected), Buffer.from(document), goods, free);
    });
    // One text stands in both bundles; it may count in one.
    return outcomes.find(({ violation }) => violation !== undefined) ?? bestOf(outcomes);
  };
  const bads = [logEntry(instance.log, dsseBody(other)), logEntry(instanceOfAll().log, dsseBody(promised))];
  return { id: "log entry", share: 120, seeds: seedsOf([...entries, ...bads].map(bytesOf)), damages: [damageJson], judge };
};

/** Certificates: anybody can have any of them logged, so the log's word comes after the damage. */
export const certificates: MakeTarget = () => {
  const instance = instanceOfAll();
  const expected = trustingInstance(instance);
  const done = act(instance);
  const others = [act(instance, { names: subjectNames(uri("https://code.example/somebody/else")) }), act(instanceOfAll())];
  const judge = (bytes: Buffer): Outcome => {
    const changed = { ...done, leaf: { ...done.leaf, bytes } };
    const code = verifyBundle(bytesOf(keylessBundle(changed, [logEntry(instance.log, dsseBody(changed))])), expected)?.code ?? "other-kind";
    if (code !== "ok") return { code };
    return bytes.equals(done.leaf.bytes) ? { code, same: "spelling" } : { code, violation: "accepted another certificate" };
  };
  const seeds = seedsOf([done, ...others].map(({ leaf }) => leaf.bytes).concat(instance.intermediate.bytes));
  return { id: "certificate of a signer", share: 60, seeds, damages: [damageDer, damageDer, damageBytes], judge };
};

/** The outcome of the family that explains it, or that it is nearest to. */
function bestOf(outcomes: readonly Outcome[]): Outcome {
  const [nearest = { code: "none" }] = [...outcomes].sort((one, other) => (one.violation?.length ?? 0) - (other.violation?.length ?? 0));
  return outcomes.find(({ same }) => same !== undefined) ?? nearest;
}
