import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { costDocument } from "./cost-document.ts";
import { readDeployment } from "./deployment.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const counts = JSON.parse(readFileSync(join(root, "infra/aws/cost-counts.json"), "utf8"));
writeFileSync(join(root, "infra/aws/cost.md"), costDocument(counts, readDeployment(root)));
