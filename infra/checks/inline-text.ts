import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "rolldown";

const READ_BESIDE = /readFileSync\(\s*new URL\(\s*"([^"]+)",\s*import\.meta\.url\s*\),\s*"utf8",?\s*\)/g;

/** Puts the text itself in the place of `readFileSync(new URL("...", import.meta.url), "utf8")`: in a bundle there is no such file beside the code. */
export function inlineText(): Plugin {
  return {
    name: "inline-text",
    transform: {
      filter: { id: /\.ts$/, code: "import.meta.url" },
      handler(code, id) {
        const inlined = code.replace(READ_BESIDE, (_call, path: string) =>
          JSON.stringify(readFileSync(fileURLToPath(new URL(path, `file://${id}`)), "utf8")),
        );
        if (inlined.includes("import.meta.url"))
          throw new Error(
            `${id}: a path made from import.meta.url does not survive bundling; read texts with readFileSync(new URL("...", import.meta.url), "utf8")`,
          );
        return inlined;
      },
    },
  };
}
