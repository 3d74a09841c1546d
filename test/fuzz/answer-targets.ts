import type { RevocationSource } from "../../shared/ports/notation-trust.ts";
import { judge } from "../../shared/signatures/notation/judge.ts";
import { rememberSigners } from "../../shared/signatures/notation/signer.ts";
import { bytesOf, expecting, jwsOf, type Signing, signing } from "../fixtures/notation.ts";
import { asking, crlOf, ocspOf, responderOf, STAMPER, tokenOf } from "../fixtures/revocation.ts";
import { authority, certify, extension, keyUsage, name, sequence } from "../fixtures/x509.ts";
import { damageBytes } from "./damage-bytes.ts";
import { damageDer, derView } from "./damage-der.ts";
import { seedsOf } from "./judging.ts";
import { JWS, makeWorld, STAMP, trustOf } from "./notation-world.ts";
import type { MakeTarget, Target } from "./target.ts";

/** Tokens over one signature whose certificate is over, so that the token alone saves it. */
export const tokens: MakeTarget = async () => {
  const world = makeWorld();
  const trust = trustOf(world);
  const document = jwsOf(world.ended);
  const over = Buffer.from(document.signature, "base64url");
  const impostor = certify({ subject: name(["CN", "time root"]), extensions: authority() });
  const strange = certify({ subject: name(["CN", "time"]), issuer: impostor, serial: 9, extensions: STAMPER });
  const bads = [
    tokenOf(world.stamper, world.stampRoot, over, { at: "2026-07-01T00:00:00Z" }),
    tokenOf(world.stamper, world.stampRoot, Buffer.from("other")),
    tokenOf(strange, impostor, over),
    tokenOf(world.stamper, world.stampRoot, over, { names: world.stampRoot }),
  ];
  const goods = [
    tokenOf(world.stamper, world.stampRoot, over),
    tokenOf(world.stamper, world.stampRoot, over, { at: "2026-06-02T00:00:00Z", seconds: 3 }),
  ];
  return answersTarget({
    id: "timestamp token",
    share: 90,
    goods,
    bads,
    view: (bytes) => derView(bytes, "token"),
    judge: (token) =>
      judge(
        {
          bytes: bytesOf({ ...document, header: { ...document.header, [STAMP]: token.toString("base64") } }),
          mediaType: JWS,
          revocation: undefined,
        },
        trust,
      ),
  });
};

const ADDRESS = "http://revocation.acme.example";

/** Answers of responders: the true ones say good, revoked or unknown, and no damage turns one into another. */
export const ocspAnswers: MakeTarget = async () => {
  const made = signing({ serial: 77, extensions: [keyUsage([0]), ...asking([ADDRESS], [])] });
  const { root } = made;
  const impostor = signing({ serial: 77 }).root;
  const delegate = responderOf(root);
  return answersTarget({
    id: "revocation answer (OCSP)",
    share: 60,
    goods: [ocspOf(root, 77, "good"), ocspOf(root, 77, "good", { signer: delegate }), ocspOf(root, 77, "revoked")],
    bads: [
      ocspOf(root, 77, "unknown"),
      ocspOf(root, 78, "good"),
      ocspOf(impostor, 77, "good"),
      ocspOf(root, 77, "good", { nextUpdate: "2026-11-21T11:00:00Z" }),
    ],
    view: (bytes) => derView(bytes, "answer"),
    judge: answeredBy(made),
  });
};

export const crls: MakeTarget = async () => {
  const made = signing({ serial: 77, extensions: [keyUsage([0]), ...asking([], [ADDRESS])] });
  const { root } = made;
  return answersTarget({
    id: "revocation list (CRL)",
    share: 60,
    goods: [crlOf(root, []), crlOf(root, [76, 78]), crlOf(root, [76, 77]), crlOf(root, [77], { invalidAt: "2026-09-01T00:00:00Z" })],
    bads: [
      crlOf(signing().root, []),
      crlOf(root, [], { nextUpdate: "2026-11-21T11:00:00Z" }),
      crlOf(root, [], { extensions: [extension("2.5.29.27", sequence(), true)] }),
    ],
    view: (bytes) => derView(bytes, "list"),
    judge: answeredBy(made),
  });
};

/** A good signature, judged by what one answer says about its certificate. */
function answeredBy(made: Signing): (answer: Buffer) => ReturnType<typeof judge> {
  const bytes = bytesOf(jwsOf(made));
  const trust = { ...expecting(made), readSigner: rememberSigners() };
  return (answer) => {
    const revocation: RevocationSource = { ask: async (_question, read) => ({ kind: "read", read: read(answer) }) };
    return judge({ bytes, mediaType: JWS, revocation }, trust);
  };
}

interface Answers {
  readonly id: string;
  readonly share: number;
  /** True answers; what is signed in them decides. */
  readonly goods: readonly Buffer[];
  readonly bads: readonly Buffer[];
  readonly view: (bytes: Buffer) => string | undefined;
  readonly judge: (bytes: Buffer) => ReturnType<typeof judge>;
}

// What says nothing decides nothing; every other judgement must rest on bytes that were signed.
const SAYS_SOMETHING = ["ok", "revoked"];

async function answersTarget({ id, share, goods, bads, view, judge: judgeAnswer }: Answers): Promise<Target> {
  const known = await Promise.all(goods.map(async (bytes) => ({ signed: view(bytes), judgement: await judgeAnswer(bytes) })));
  return {
    id,
    share,
    seeds: seedsOf([...goods, ...bads]),
    damages: [damageDer, damageDer, damageBytes],
    async judge(bytes) {
      const judgement = await judgeAnswer(bytes);
      if (!SAYS_SOMETHING.includes(judgement.code)) return { code: judgement.code };
      const signed = view(bytes);
      const isKnown = known.some((each) => each.signed === signed && JSON.stringify(each.judgement) === JSON.stringify(judgement));
      if (!isKnown) return { code: judgement.code, violation: "believed what nobody signed" };
      return { code: judgement.code, same: "what its signature does not cover: certificates that came along, numbers of versions" };
    },
  };
}
