import type { Plugin } from "rolldown";
import { Visitor } from "rolldown/utils";

/** Rooms whose schemas read what people write. Descriptions are for the documents that the command-line program makes of them; those of the API are told by a function. */
const READING = /\/shared\/(?:policy|compose)\/.*\.ts$/;

/** Leaves out `.describe(...)`: each makes a second schema of the one that it is called on, when the module is loaded. */
export function withoutDescriptions(): Plugin {
  return {
    name: "without-descriptions",
    transform: {
      filter: { id: READING, code: /from "zod"[^]*\.describe\(/ },
      handler(code) {
        const cuts: (readonly [from: number, to: number])[] = [];
        new Visitor({
          CallExpression({ callee, end }) {
            if (callee.type === "MemberExpression" && callee.property.type === "Identifier" && callee.property.name === "describe")
              cuts.push([callee.object.end, end]);
          },
        }).visit(this.parse(code, { lang: "ts" }));
        return { code: without(code, cuts), map: null };
      },
    },
  };
}

/** A cut may lie within another. */
function without(code: string, cuts: readonly (readonly [from: number, to: number])[]): string {
  let [text, kept] = ["", 0];
  for (const [from, to] of cuts.toSorted(([one], [other]) => one - other)) {
    if (from > kept) text += code.slice(kept, from);
    kept = Math.max(kept, to);
  }
  return text + code.slice(kept);
}
