import type * as z from "zod";
import { isDigest, parseDigest } from "../../shared/domain/digest.ts";
import { type ImageRef, parseImageRef } from "../../shared/domain/image-ref.ts";
import type { Explanation } from "../../shared/policy/explain.ts";
import { renderText } from "../../shared/policy/render-text.ts";
import { type ImageDetail, ImagePage, ImagesOfDigest } from "../../shared/web/api/schema.ts";
import { EXIT, exitOfVerdict } from "./exit-code.ts";
import { failure } from "./fault.ts";
import { type Gate, openGate } from "./gate.ts";
import type { Run } from "./verb.ts";

type Detail = z.output<typeof ImageDetail>;

export const runExplain: Run = async ({ words, flags, terminal, asJson }) => {
  const text = words[0] ?? "";
  const gate = openGate(flags);
  const images = isDigest(text)
    ? (await gate.get(`/api/v1/images/${text}`, ImagesOfDigest)).images
    : await named(gate, parseImageRef(text, "image"));
  const [first] = images;
  if (first === undefined)
    throw failure(
      "not-found",
      `Could not explain ${text}`,
      "the gate does not know it",
      `push it, run \`moorgate sweep\`, or judge it without the gate: moorgate check ${text}`,
    );
  const look = { colour: terminal.colour, width: terminal.columns };
  if (asJson) terminal.printJson(images.length === 1 ? first : images);
  else
    terminal.print(
      images
        .map((image) => `${renderText(explanationOf(image), look)}\n  Screen   ${new URL(`/images/${image.digest}`, gate.url).href}`)
        .join("\n\n"),
    );
  return first.verdict === "none" ? EXIT.indeterminate : exitOfVerdict(first.verdict);
};

function explanationOf({ explanation }: Detail): Explanation {
  const reasons = explanation.reasons.map(({ child, ...reason }) => ({ ...reason, ...(child === undefined ? {} : { child }) }));
  return { ...explanation, digest: parseDigest(explanation.digest), reasons };
}

/** By digest where it has one; else the image that the tag pointed at last, also when the gate has taken it away meanwhile. */
async function named(gate: Gate, { registry, repository, tag, digest }: ImageRef): Promise<readonly Detail[]> {
  const found = digest ?? (await newestWithTag(gate, registry, repository, tag));
  if (found === undefined) return [];
  const { images } = await gate.get(`/api/v1/images/${found}`, ImagesOfDigest);
  return images.filter((image) => image.registry === registry && image.repository === repository);
}

async function newestWithTag(gate: Gate, registry: string, repository: string, tag: string | undefined): Promise<string | undefined> {
  const query = new URLSearchParams({ q: `registry:${registry} repo:${repository}`, limit: "500" });
  for (let after: string | undefined; ; ) {
    if (after !== undefined) query.set("after", after);
    const page = await gate.get(`/api/v1/images?${query.toString()}`, ImagePage);
    const image = page.images.find(({ tags }) => tag === undefined || tags.includes(tag));
    if (image !== undefined || page.next === undefined) return image?.digest;
    after = page.next;
  }
}
