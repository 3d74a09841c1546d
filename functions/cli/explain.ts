import type * as z from "zod";
import { isDigest, parseDigest } from "../../shared/domain/digest.ts";
import { type ImageRef, parseImageRef } from "../../shared/domain/image-ref.ts";
import type { Explanation } from "../../shared/policy/explain/explain.ts";
import { type ImageDetail, ImagesOfDigest } from "../../shared/web/api/schema.ts";
import { printBlock, refuseTwoForms } from "./block.ts";
import { EXIT, type ExitCode, exitOfVerdict } from "./exit-code.ts";
import { type CliError, failure } from "./fault.ts";
import { type Gate, openGate } from "./gate.ts";
import { newestWithTag } from "./newest-with-tag.ts";
import { asOfNow } from "./refused.ts";
import type { Run } from "./verb.ts";

type Detail = z.output<typeof ImageDetail>;

export const runExplain: Run = async (call) => {
  const { words, flags, terminal, asJson } = call;
  refuseTwoForms(call);
  const text = words[0] ?? "";
  const asked = isDigest(text) ? text : parseImageRef(text, "image");
  const gate = openGate(flags);
  const images = typeof asked === "string" ? await imagesOf(gate, asked) : await named(gate, asked);
  if (images.length === 0) throw unknownImage(text);
  if (asJson) terminal.printJson(isDigest(text) ? { digest: text, images } : images[0]);
  else for (const image of images) printBlock(call, explanationOf(image), `Screen   ${new URL(`/images/${image.digest}`, gate.url).href}`);
  return worst(images);
};

/** Of several repositories the worst counts: a script that passes over it would pass over that. */
function worst(images: readonly Detail[]): ExitCode {
  const exits = images.map(({ verdict }) => (verdict === "none" ? EXIT.indeterminate : exitOfVerdict(verdict)));
  return exits.find((exit) => exit === EXIT.violating) ?? exits.find((exit) => exit === EXIT.indeterminate) ?? EXIT.fine;
}

function unknownImage(text: string): CliError {
  return failure(
    "not-found",
    `Could not explain ${text}`,
    "the gate does not know it",
    `push it, run \`moorgate sweep\`, or judge it without the gate: moorgate check ${text}`,
  );
}

function explanationOf({ explanation }: Detail): Explanation {
  const { waiver, cause, ...told } = explanation;
  const reasons = explanation.reasons.map(({ child, because, ...reason }) => ({
    ...reason,
    ...(because === undefined ? {} : { because }),
    ...(child === undefined ? {} : { child }),
  }));
  const notes = explanation.notes.map(({ place, ...note }) => ({ ...note, ...(place === undefined ? {} : { place }) }));
  return {
    ...told,
    digest: parseDigest(explanation.digest),
    reasons,
    notes,
    ...(waiver === undefined ? {} : { waiver }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** By digest where it has one; else the image that the tag pointed at last, also when the gate has taken it away meanwhile. */
async function named(gate: Gate, ref: ImageRef): Promise<readonly Detail[]> {
  const { registry, repository, digest } = ref;
  const found = digest ?? (await newestWithTag(gate, ref));
  if (found === undefined) return [];
  return (await imagesOf(gate, found)).filter((image) => image.registry === registry && image.repository === repository);
}

async function imagesOf(gate: Gate, digest: string): Promise<readonly Detail[]> {
  return (await asOfNow(gate.get(`/api/v1/images/${digest}`, ImagesOfDigest))).images;
}
