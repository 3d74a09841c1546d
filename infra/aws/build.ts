import { join } from "node:path";
import { bundleFunction, FUNCTIONS } from "./bundle.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
for (const name of FUNCTIONS) {
  const parts = await bundleFunction(name, root, { code: join(root, "dist/aws"), maps: join(root, "dist/aws-maps") });
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  process.stdout.write(`${name}: ${Math.ceil(bytes / 1000)} kB in ${parts.length} files\n`);
}
