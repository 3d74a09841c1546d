import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readTemplate, type Template } from "./template.ts";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const STAGE = "try";
export const FUNCTIONS = ["on-registry-event", "on-webhook", "on-schedule", "forward-audit", "admit", "canary"] as const;

// In place of the real bundles, which no rule of the template looks into.
const ARTIFACTS = `module.exports = ${JSON.stringify(Object.fromEntries(FUNCTIONS.map((name) => [name, "code.zip"])))};\n`;

/** What osls makes of serverless.yml: without credentials, and with a network that leads nowhere. */
export function compile(): Template {
  const folder = mkdtempSync(join(tmpdir(), "moorgate-template-"));
  try {
    cpSync(join(ROOT, "serverless.yml"), join(folder, "serverless.yml"));
    cpSync(join(ROOT, "infra/aws/resources"), join(folder, "infra/aws/resources"), { recursive: true });
    writeFileSync(join(folder, "infra/aws/artifacts.cjs"), ARTIFACTS);
    writeFileSync(join(folder, "code.zip"), "");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(ROOT, "node_modules/osls/bin/serverless.js"), "package", "--stage", STAGE],
      {
        cwd: folder,
        env: offline(),
        encoding: "utf8",
      },
    );
    if (status !== 0) throw new Error(`osls package ended with ${status}:\n${stdout}${stderr}`);
    return readTemplate(readFileSync(join(folder, ".serverless/cloudformation-template-update-stack.json"), "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nobody's credentials, and a proxy that does not answer. */
function offline(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|SLS_|SERVERLESS_)/.test(name));
  const nowhere = "http://127.0.0.1:9";
  const path = `${join(ROOT, "node_modules/.bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  return { ...Object.fromEntries(kept), PATH: path, HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere, AWS_EC2_METADATA_DISABLED: "true" };
}
