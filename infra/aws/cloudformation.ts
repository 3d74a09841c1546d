import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FUNCTIONS } from "./bundle.ts";
import { plainTemplate } from "./plain-template.ts";

// `node infra/aws/cloudformation.ts --stage prod --param settings=FOLDER`: a plain template and the archives it names, in dist/cloudformation.
const root = fileURLToPath(new URL("../..", import.meta.url));
const out = join(root, "dist/cloudformation");
const osls = join(root, "node_modules/osls/bin/serverless.js");

const { status } = spawnSync(process.execPath, [osls, "package", ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

const archives = FUNCTIONS.map((name) => ({ name: `${name}.zip`, path: join(root, "dist/aws", `${name}.zip`) }));
const hash = archives
  .reduce((sum, { path }) => sum.update(readFileSync(path)), createHash("sha256"))
  .digest("hex")
  .slice(0, 16);
const prefix = `moorgate/${hash}/`;
const packaged = readFileSync(join(root, ".serverless/cloudformation-template-update-stack.json"), "utf8");

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, prefix), { recursive: true });
writeFileSync(join(out, "moorgate.json"), plainTemplate(packaged, prefix));
for (const { name, path } of archives) copyFileSync(path, join(out, prefix, name));
process.stdout.write(`dist/cloudformation/moorgate.json names ${archives.length} archives under ${prefix}\n`);
