import type { Plugin } from "rolldown";
import type { ESTree } from "rolldown/utils";

/**
 * Takes Node's own modules without their ES form. That form reads every export as soon as it is loaded: of `node:http` one of them, `WebSocket`, loads Node's whole
 * `fetch` and with it HTTP/2; those of `node:fs` load streams, those of `node:crypto` the web's cryptography.
 */
export function builtinsAsTheyAre(): Plugin {
  return {
    name: "builtins-as-they-are",
    renderChunk(code) {
      const imports = this.parse(code).body.filter((statement) => statement.type === "ImportDeclaration");
      const ofNode = imports.filter(({ source }) => source.value.startsWith("node:"));
      const taken = ofNode.reduceRight(
        (text, statement) => text.slice(0, statement.start) + taking(statement) + text.slice(statement.end),
        code,
      );
      return taken === code ? null : { code: taken, map: null };
    },
  };
}

function taking({ source, specifiers }: ESTree.ImportDeclaration): string {
  // A part may call its import of node:process `process`.
  const module = `globalThis.process.getBuiltinModule(${JSON.stringify(source.value)})`;
  const whole = specifiers.flatMap((each) => (each.type === "ImportSpecifier" ? [] : [each.local.name]));
  const named = specifiers.flatMap((each) => (each.type === "ImportSpecifier" ? [`${nameOf(each.imported)}: ${each.local.name}`] : []));
  return [...whole, ...(named.length > 0 ? [`{ ${named.join(", ")} }`] : [])].map((names) => `const ${names} = ${module};`).join(" ");
}

function nameOf(name: ESTree.ModuleExportName): string {
  return name.type === "Literal" ? name.value : name.name;
}
