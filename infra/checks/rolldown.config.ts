import { defineConfig } from "rolldown";
import { inlineText } from "./inline-text.ts";
import { thirdPartyLicences } from "./third-party-licences.ts";

/** The package: Node strips no types under node_modules, so what is installed is JavaScript. Each verb stays a file of its own, loaded when used. */
export default defineConfig({
  input: { moorgate: "functions/cli/main.ts" },
  platform: "node",
  plugins: [inlineText(), thirdPartyLicences("THIRD-PARTY-LICENSES.txt")],
  output: {
    dir: "dist",
    format: "esm",
    cleanDir: true,
    entryFileNames: "[name].js",
    chunkFileNames: "parts/[name]-[hash].js",
    minify: "dce-only",
  },
});
