import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "rolldown";

const PACKAGE_FOLDER = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;
const LICENCE_FILE = /^(licen[cs]e|notice|copying)/i;

/** Writes one text with the licence of every package whose code went into the bundle; fails where one of them carries none. */
export function thirdPartyLicences(fileName: string): Plugin {
  return {
    name: "third-party-licences",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((part) => (part.type === "chunk" ? part.moduleIds : []));
      const folders = new Set(modules.flatMap((id) => PACKAGE_FOLDER.exec(id)?.[1] ?? []));
      this.emitFile({
        type: "asset",
        fileName,
        source: [...folders]
          .sort()
          .map(licenceOf)
          .join(`\n${"-".repeat(80)}\n\n`),
      });
    },
  };
}

function licenceOf(folder: string): string {
  const description: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder).filter((name) => LICENCE_FILE.test(name));
  if (texts.length === 0) throw new Error(`${folder} is bundled and has no licence file`);
  const { name, version, license } = readDescription(description, folder);
  return `${name} ${version} (${license})\n\n${texts
    .sort()
    .map((text) => readFileSync(join(folder, text), "utf8").trim())
    .join("\n\n")}\n`;
}

function readDescription(value: unknown, folder: string): Readonly<Record<"name" | "version" | "license", string>> {
  if (typeof value !== "object" || value === null) throw new Error(`${folder}: package.json is no object`);
  const field = (key: string): string => {
    const found: unknown = Reflect.get(value, key);
    if (typeof found !== "string") throw new Error(`${folder}: package.json names no ${key}`);
    return found;
  };
  return { name: field("name"), version: field("version"), license: field("license") };
}
