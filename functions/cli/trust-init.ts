import { existsSync } from "node:fs";
import { activate } from "../../shared/compose/policy-file.ts";
import { factsOfTrust } from "../../shared/compose/trust-facts.ts";
import type { AttestationEvidence } from "../../shared/domain/evidence.ts";
import { type Instant, printInstant } from "../../shared/domain/time.ts";
import type { ActivePolicy } from "../../shared/pipeline/deps.ts";
import { type ListedSignature, listSignatures, type SignatureList } from "../../shared/pipeline/list-signatures.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { builtInText } from "./built-in.ts";
import { type OpenedImage, openImage } from "./check-source.ts";
import { EXIT } from "./exit-code.ts";
import { type CliError, failure, usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";
import { type Brought, broughtBy, openJudging } from "./judge-once.ts";
import { writeNewFile } from "./new-file.ts";
import { pathFrom } from "./path-from.ts";
import { withProgress } from "./progress.ts";
import { candidatesOf, needsOf, type Offered, verifiedAmong } from "./trust-init-draft.ts";
import { type InitAnswer, printDraft } from "./trust-init-print.ts";
import { policyText } from "./trust-init-text.ts";
import type { Run } from "./verb.ts";
import { viewOf } from "./verify-view.ts";

const WHAT = "Could not write a policy";
const READABLE = 0o644;

/** Writes a first policy from what an image carries: it trusts those alone whose signatures were verified with what the command line gave. */
export const runTrustInit: Run = async ({ words, flags, terminal, asJson }) => {
  const [text, file] = [words[0] ?? "", flags.text("out") ?? "policy.yaml"];
  const isPrinted = isPrintedBy(flags, asJson);
  if (!isPrinted && existsSync(file)) throw isThere(file);
  const offered = offeredBy(flags, file);
  const brought = broughtBy(flags);
  const { policy, ...found } = await withProgress(terminal, `Reading ${text}`, async () => {
    const image = await openImage(text, flags.text("as"));
    const now = systemClock.now();
    const digest = image.manifest.digest;
    return draftFor({ image: text, digest, offered, file, now }, (active) => read(image, active, brought, now));
  });
  const isWritten = policy !== undefined && !isPrinted;
  if (isWritten && !writeNewFile(file, policy, READABLE)) throw isThere(file);
  const answer: InitAnswer = { image: text, file, written: isWritten, ...found };
  if (asJson) terminal.printJson(answer);
  else terminal.print(policy === undefined || isWritten ? printDraft(answer, terminal) : policy.trimEnd());
  return policy === undefined ? EXIT.violating : EXIT.fine;
};

function isPrintedBy(flags: Flags, asJson: boolean): boolean {
  const isPrinted = flags.on("stdout");
  if (isPrinted && asJson)
    throw usageError("Could not read the command line", "--json and --stdout are two forms of the same", "keep one of the two");
  return isPrinted;
}

function isThere(file: string): CliError {
  return usageError(
    `Could not write ${file}`,
    "it is there already, and stays as it is",
    "name another file with --out, or print it with --stdout",
  );
}

/** Paths are given from where the command runs, and stand in the policy from where that lies. */
function offeredBy(flags: Flags, file: string): Offered {
  const [policy, store] = [flags.text("notationPolicy"), flags.text("notationStore")];
  if ((policy === undefined) !== (store === undefined))
    throw usageError(WHAT, "--notation-policy and --notation-store belong together", "give both");
  const root = flags.text("trustedRoot");
  return {
    keys: flags.list("key").map((key) => pathFrom(file, key)),
    trustedRoot: root === undefined ? undefined : pathFrom(file, root),
    notation: policy === undefined || store === undefined ? undefined : { policy: pathFrom(file, policy), store: pathFrom(file, store) },
  };
}

type Draft = Pick<InitAnswer, "digest" | "trusted" | "unverified" | "needs"> & { readonly policy?: string };

interface Asked {
  readonly image: string;
  readonly digest: string;
  readonly offered: Offered;
  readonly file: string;
  readonly now: Instant;
}

type ReadBy = (active: ActivePolicy) => Promise<Read>;

/** Reads twice: first who claims to have signed, then which of them are verified when they are trusted. */
async function draftFor({ image, digest, offered, file, now }: Asked, readBy: ReadBy): Promise<Draft> {
  const base = { image, digest, day: printInstant(now).slice(0, 10), trustedRoot: offered.trustedRoot };
  const claimed = await readBy(activate(builtInText("baseline"), file));
  const candidates = candidatesOf(offered, claimed.signatures);
  const everybody = candidates.map((signer) => ({ signer, isSigner: true, attested: [] }));
  const active =
    candidates.length === 0 ? undefined : activate(policyText({ ...base, verified: everybody, unverified: [], notes: new Map() }), file);
  const judged = active === undefined ? claimed : await readBy(active);
  const verified = verifiedAmong(candidates, judged.signatures, judged.attestations);
  const views = viewOf(judged.list, { isAnybodyTrusted: active !== undefined, predicateType: undefined });
  const names = new Set(verified.map(({ signer }) => signer.name));
  const unverified = views.signatures.filter(({ outcome, identity }) => outcome !== "ok" || !names.has(identity ?? ""));
  const found = { digest, trusted: verified.map(({ signer }) => signer), unverified, needs: needsOf(offered, judged.signatures) };
  if (active === undefined || verified.length === 0) return found;
  const policy = policyText({ ...base, verified, unverified, notes: notesOn(active) });
  activate(policy, file);
  return { ...found, policy };
}

function notesOn({ trust }: ActivePolicy): ReadonlyMap<string, string> {
  return new Map(factsOfTrust(trust).keys.map(({ name, algorithm, fingerprint }) => [name, `${algorithm}, SHA-256 ${fingerprint}`]));
}

interface Read {
  readonly list: SignatureList;
  readonly signatures: readonly ListedSignature[];
  readonly attestations: AttestationEvidence;
}

async function read(image: OpenedImage, active: ActivePolicy, brought: Brought, now: Instant): Promise<Read> {
  const { deps, place, judge } = await openJudging(image, active, brought);
  const { evidence } = await judge(now);
  const list = await listSignatures(deps, place, evidence, now);
  if (list.unavailable !== undefined)
    throw failure(
      "unavailable",
      WHAT,
      `what the image carries could not be read whole: ${list.unavailable}`,
      "try again, or name another image",
    );
  return { list, signatures: list.signatures, attestations: evidence.attestations };
}
