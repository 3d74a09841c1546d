import type { Move } from "./move.ts";
import type { Rules } from "./policy.ts";
import { ALL_WARES, digestOfWare, WARES } from "./stock.ts";

/** What happens, in words. */
export function wordsOf(move: Move): string {
  const mailed = "mail" in move && move.mail !== "now" ? ` (its event comes ${move.mail})` : "";
  return `${sentenceOf(move)}${mailed}`;
}

type MoveOf<Kind extends Move["kind"]> = Extract<Move, { readonly kind: Kind }>;

const SENTENCES: { readonly [Kind in Move["kind"]]: (move: MoveOf<Kind>) => string } = {
  push: (move) => `a user pushes ${nameOf(move)}${move.tag === undefined ? " without a tag" : ` as ${move.tag}`} to ${move.repository}`,
  delete: (move) => `a user deletes ${nameOf(move)} by digest from ${move.repository}`,
  untag: ({ tag, repository }) => `a user deletes the tag ${tag} of ${repository}`,
  sign: (move) => `a user signs ${nameOf(move)} of ${move.repository}${move.isWhereItLies ? " where it lies" : ""}`,
  unsign: (move) => `a user deletes the signature of ${nameOf(move)} in ${move.repository}`,
  hold: (move) => `an operator asks to hold ${nameOf(move)} of ${move.repository}`,
  release: (move) => `an operator asks to release ${nameOf(move)} of ${move.repository}`,
  promote: (move) => `an operator sets ${move.tag} on ${nameOf(move)} of ${move.repository}`,
  undo: ({ newest, scope }) =>
    `an operator takes back ${scope === "action" ? "" : `the ${scope} of `}the ${newest === 0 ? "" : `${newest + 1}. `}newest action`,
  decide: ({ decision }) => `an operator says of the stopped run: ${decision}`,
  halt: () => "an operator stops the gate",
  resume: () => "an operator lets the gate go on",
  usage: ({ running }) => `the cluster reports that it runs ${running.map((ware) => nameOf({ ware })).join() || "nothing"}`,
  feed: ({ isAttacked }) => `the catalogue ${isAttacked ? "names" : "does not name"} the vulnerability`,
  rules: ({ rules }) => `the policy changes: ${rulesInWords(rules)}`,
  sweep: () => "a sweep begins",
  work: ({ steps }) => `the gate goes on for ${steps} steps`,
  finish: () => "the gate does all its work",
  crash: () => "the gate is killed and starts again",
  wait: ({ milliseconds }) => `${milliseconds / 1000} s pass`,
  post: ({ isBackwards }) => `late events come${isBackwards ? ", the last one first" : ""}`,
  fault: ({ fault, times }) => `the registry's next ${times} answers to the gate are ${fault}`,
};

function sentenceOf<Kind extends Move["kind"]>(move: MoveOf<Kind> & { readonly kind: Kind }): string {
  return SENTENCES[move.kind](move);
}

function nameOf({ ware }: { readonly ware: number }): string {
  return ALL_WARES[ware]?.name ?? "?";
}

export function rulesInWords(rules: Rules): string {
  const asked = [
    ...(rules.forbidsBad ? ["no bad label"] : []),
    ...(rules.wantsSigned ? ["a signature"] : []),
    ...(rules.forbidsAttacked ? ["nothing attacked"] : []),
  ];
  const waiver = WARES.find((ware) => digestOfWare(ware) === rules.waived);
  const { inUse } = rules;
  return [
    asked.length === 0 ? "nothing is asked" : asked.join(" and "),
    ...(rules.isDryRun ? ["dry run"] : []),
    ...(rules.onViolation === "hold" ? [] : [`then ${rules.onViolation}`]),
    ...(rules.rollsBack ? ["latest goes back"] : []),
    ...(rules.promotes ? ["latest goes forward"] : []),
    ...(rules.deletes ? ["what is held is deleted after 1 h"] : []),
    ...(inUse === undefined ? [] : [`what is in use has 2 h, then ${inUse.afterwards}, new for ${inUse.newFor}`]),
    ...(waiver === undefined ? [] : [`${waiver.name} is waived`]),
  ].join(", ");
}
