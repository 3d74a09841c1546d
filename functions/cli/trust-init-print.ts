import { printable } from "../../shared/policy/explain/escape.ts";
import { INDENT, type Look, labelled, marked, OK } from "./marked-lines.ts";
import { paint } from "./paint.ts";
import type { Signer } from "./trust-init-draft.ts";
import { signatureLines } from "./verify-text.ts";
import type { SignatureView } from "./verify-view.ts";

/** What scripts read; keep it stable. */
export interface InitAnswer {
  readonly image: string;
  readonly digest: string;
  readonly file: string;
  readonly written: boolean;
  readonly trusted: readonly Signer[];
  readonly unverified: readonly SignatureView[];
  /** What has to be given so that more could be verified. */
  readonly needs: readonly string[];
}

/** What was written and whom it trusts; what could not be verified; what to give and to do next. */
export function printDraft({ image, file, written, trusted, unverified, needs }: InitAnswer, look: Look): string {
  const shown = printable(file);
  const heading = written
    ? `${INDENT}+ written  ${shown}`
    : `${INDENT}${paint("NOTHING WRITTEN", "yellow", look.colour)}   nothing was verified with what was given, and claims are not trusted`;
  const next = [`moorgate policy check ${shown}`, `moorgate verify ${printable(image)} --policy ${shown}`];
  return [
    heading,
    "",
    ...trusted.flatMap((signer) => marked(OK, signer.name, signerWords(signer), look)),
    ...unverified.flatMap((each) => signatureLines(each, look)),
    ...(trusted.length + unverified.length === 0 ? [`${INDENT}- nothing is signed or attested`] : []),
    "",
    ...(trusted.some(({ kind }) => kind === "identity") ? labelled("Check", ANYBODY, look) : []),
    ...needs.flatMap((need, index) => labelled(index === 0 ? "Give" : "", need, look)),
    ...(written ? next.map((command, index) => `${INDENT}${(index === 0 ? "Next" : "").padEnd(9)}${command}`) : []),
  ]
    .join("\n")
    .trimEnd();
}

const ANYBODY = "whether each identity is one that should sign: whoever has an account gets a certificate, and can sign any image";

function signerWords(signer: Signer): readonly string[] {
  switch (signer.kind) {
    case "key":
      return [`the key ${signer.file}`];
    case "identity":
      return [signer.subject, `says ${signer.issuer}`];
    case "notation":
      return [`Notation, by ${signer.policy} and the stores in ${signer.store}`];
  }
}
