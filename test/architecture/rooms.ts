/** Rooms with one folder for each implementation. */
const PLUGS = ["providers", "signatures", "scanners", "sinks", "stores", "usage"];

/** `shared/providers/oci/events.ts` is in `providers/oci`, `shared/sinks/batch.ts` in `sinks`, `functions/cli/main.ts` in `functions/cli`. */
export function roomOf(path: string): string {
  const [top = "", room = "", third = "", ...rest] = path.split("/");
  if (top === "functions") return `functions/${room}`;
  if (top !== "shared") return top;
  if (room === "compose.ts") return "compose";
  if (!PLUGS.includes(room)) return room;
  if (third === "table.ts") return `${room}/table`;
  return rest.length > 0 ? `${room}/${third}` : room;
}

/** Room (or the folder of its plugs) -> rooms that it may import besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  ports: ["domain"],
  policy: ["domain"],
  retention: ["domain"],
  posture: ["domain"],
  audit: ["domain"],
  enforcement: ["domain", "ports"],
  pipeline: ["domain", "ports", "policy", "posture", "retention", "enforcement", "audit"],
  runtime: ["domain", "ports"],
  oci: ["domain", "ports", "runtime"],
  feeds: ["domain", "ports", "runtime"],
  "trust-roots": ["domain", "ports", "runtime"],
  web: ["domain", "ports", "pipeline", "policy", "audit", "runtime"],
  providers: ["domain", "ports", "oci", "runtime", "providers/oci"],
  "providers/aws": ["scanners/aws"],
  signatures: ["domain", "ports", "oci", "runtime", "signatures"],
  "signatures/binauthz": ["signatures/openpgp"],
  "signatures/cosign": ["signatures/sigstore"],
  "signatures/notation": ["signatures/revocation"],
  scanners: ["domain", "ports", "oci", "runtime"],
  usage: ["domain", "ports", "runtime", "usage"],
  sinks: ["domain", "ports", "audit", "runtime", "sinks"],
  stores: ["domain", "ports", "audit", "runtime", "stores"],
  functions: ["compose", "web", "pipeline", "policy", "ports", "domain", "runtime", "oci", "package.json"],
  "functions/cli": ["functions/local"],
  infra: ["compose"],
};

/** Whether a file of one room may import a file of another; types count like values. */
export function mayImport(from: string, to: string): boolean {
  const top = from.split("/")[0] ?? "";
  if (from === to || from === "test") return true;
  if (from === "compose") return !/^(functions|test|infra)(\/|$)/.test(to);
  if (from.endsWith("/table")) return to === "ports" || to.startsWith(`${top}/`);
  return [...(ALLOWED[top] ?? []), ...(ALLOWED[from] ?? [])].includes(to);
}

/** Packages that a room may import; a room that is not named here may import none. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  compose: /^(zod|yaml)$/,
  policy: /^(zod|yaml|semver|spdx-expression-parse|packageurl-js|re2js|@marcbachmann\/cel-js)$/,
  pipeline: /^zod$/,
  runtime: /^(zod|yaml|fast-xml-parser|@streamparser\/json)$/,
  oci: /^zod$/,
  providers: /^zod$/,
  signatures: /^(zod|@noble\/curves\/.+)$/,
  feeds: /^zod$/,
  "trust-roots": /^(zod|tuf-js(\/.+)?)$/,
  scanners: /^zod$/,
  usage: /^(zod|yaml)$/,
  sinks: /^zod$/,
  stores: /^zod$/,
  web: /^(zod|hono(\/.+)?)$/,
  "functions/local": /^(zod|hono(\/.+)?|@hono\/node-server)$/,
  "functions/cli": /^(zod|yaml|commander)$/,
  "functions/aws": /^aws-lambda$/,
  infra: /^(rolldown|vitest|zod)(\/.+)?$/,
  test: /./,
};

interface Cloud {
  readonly sdk: RegExp;
  readonly rooms: readonly string[];
}

const CLOUDS: readonly Cloud[] = [
  { sdk: /^(@aws-sdk\/|@smithy\/|@middy\/|aws-)/, rooms: ["functions/aws", "providers/aws", "stores/dynamodb", "sinks/securityhub"] },
  { sdk: /^@azure\//, rooms: ["functions/azure", "providers/azure", "stores/tables", "sinks/sentinel"] },
  { sdk: /^(@google-cloud\/|google-|googleapis)/, rooms: ["functions/gcp", "providers/gcp", "stores/firestore", "sinks/chronicle"] },
];

/** Whether a room may import a package, `node:` modules left out. */
export function mayUsePackage(room: string, name: string): boolean {
  const cloud = CLOUDS.find(({ sdk }) => sdk.test(name));
  if (cloud !== undefined) return room === "test" || cloud.rooms.includes(room);
  const allowed = PACKAGES[room] ?? PACKAGES[room.split("/")[0] ?? ""];
  return allowed?.test(name) === true;
}

/** No clock, chance, network or environment; the same input gives the same output. */
export function isPure(path: string): boolean {
  return /^shared\/(domain|policy|retention|posture|audit)\//.test(path) || path === "shared/enforcement/plan.ts";
}
