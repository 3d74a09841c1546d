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

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const AWS_SDK = `Copyright Amazon.com, Inc. or its affiliates. All Rights Reserved.

Licensed under the Apache License, Version 2.0; its text stands with the other packages of the AWS SDK.

http://www.apache.org/licenses/LICENSE-2.0`;

const MIDDY = `Copyright 2017 - 2026 will Farrell, Luciano Mammino, and Middy contributors\n\n${MIT}`;

/** Packages that name their licence and ship no text of it, by name and licence: what their package.json and README say of whose they are. */
const NOTICES: Readonly<Record<string, string>> = {
  "@aws-sdk/credential-provider-http Apache-2.0": AWS_SDK,
  "@aws-sdk/credential-provider-login Apache-2.0": AWS_SDK,
  "@aws-sdk/nested-clients Apache-2.0": AWS_SDK,
  "@middy/core MIT": MIDDY,
  "@middy/util MIT": MIDDY,
  "@nodable/entities MIT": `Copyright (c) Amit Gupta (https://solothought.com)\n\n${MIT}`,
  "spdx-license-ids CC0-1.0":
    "Shinnosuke Watanabe (https://github.com/shinnn)\n\nhttps://creativecommons.org/publicdomain/zero/1.0/legalcode",
  "spdx-exceptions CC-BY-3.0":
    "Copyright (c) 2010-2015 Linux Foundation and its Contributors. Licensed under the Creative Commons Attribution License 3.0 Unported.\nIdentifiers taken out of the SPDX specification by Kyle E. Mitchell.\n\nhttps://creativecommons.org/licenses/by/3.0/legalcode",
};

function licenceOf(folder: string): string {
  const description: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder).filter((name) => LICENCE_FILE.test(name));
  const { name, version, license } = readDescription(description, folder);
  const head = `${name} ${version} (${license})\n\n`;
  const notice = NOTICES[`${name} ${license}`];
  if (texts.length === 0 && notice !== undefined) return `${head}${notice}\n`;
  if (texts.length === 0) throw new Error(`${folder} is bundled and has no licence file`);
  return `${head}${texts
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
