import * as z from "zod";
import type { ContentKind } from "../../domain/content-finding.ts";
import { SIGNATURE_CODES } from "../../domain/evidence.ts";
import { SEVERITIES } from "../../domain/severity.ts";
import { closed, duration } from "../field.ts";
import { SIGNATURE_FORMATS } from "../rules/signature-required.ts";

const text = () => z.string().min(1, { error: "write at least one letter" });
const ago = (doc: string) => duration().exactOptional().describe(doc);
const CONTENT_KINDS: readonly [ContentKind, ...ContentKind[]] = ["secret", "misconfiguration", "licence", "malware"];

const FINDING = closed({
  id: text().describe("CVE, GHSA or the scanner's own id."),
  aliases: z.array(text()).default([]),
  severity: z.enum([...SEVERITIES, "unknown"]).default("high"),
  score: z.number().min(0).max(10).exactOptional(),
  package: text().default("openssl 3.0.11").describe("Name and version, with a space between."),
  type: z.string().default("debian"),
  path: text().exactOptional(),
  purl: text().exactOptional(),
  fixed: z
    .union([text(), z.array(text()).min(1)])
    .exactOptional()
    .describe("Version with the fix; left out: no fix is published."),
  fixState: z
    .enum(["not-fixed", "wont-fix", "deferred", "end-of-life", "unknown"])
    .default("not-fixed")
    .describe("Where `fixed` is left out."),
  fixedAgo: ago("Since when the fix is there."),
  publishedAgo: ago("Since when the vulnerability is public."),
  firstSeenAgo: ago("Since when the scanner finds it in this image."),
  exploited: z.boolean().exactOptional().describe("What the report itself says; for CISA's list see `threats`."),
  probability: z.number().min(0).max(1).exactOptional(),
});

const CONTENT = closed({
  kind: z.enum(CONTENT_KINDS),
  rule: text(),
  severity: z.enum([...SEVERITIES, "unknown"]).default("high"),
  title: z.string().default(""),
  path: text().exactOptional(),
});

const CONFIG = closed({
  user: z.string().default("").describe("Empty: nobody set one, which runs as root."),
  env: z.array(z.string()).default([]),
  exposedPorts: z.array(text()).default([]),
  labels: z.record(z.string(), z.string()).default({}),
  entrypoint: z.array(z.string()).default([]),
  cmd: z.array(z.string()).default([]),
  volumes: z.array(text()).default([]),
  workingDir: z.string().default(""),
  hasHealthcheck: z.boolean().default(false),
  createdAgo: ago("Left out: it is not known when the image was built."),
  history: z.array(z.string()).default([]),
  layers: z.array(z.string()).default([]),
});

const VERIFIED_BY = z
  .union([text(), z.array(text()).min(1)])
  .exactOptional()
  .describe("Trusted names that signed the document; left out: nobody vouches for it.");

const SIGNED = closed({
  signer: text().exactOptional().describe("Trusted name that it verifies under; only where it is good."),
  code: z.enum(SIGNATURE_CODES).default("ok"),
  format: z.enum(SIGNATURE_FORMATS).default("cosign"),
  key: text().exactOptional().describe("Name for the key that signed; two signatures with one key count once. Left out: the signer's own."),
  signedAgo: ago("How long ago it was there at the latest, by signedBy. Left out: nobody tells."),
  signedBy: z.enum(["log", "timestamp-authority", "signing-authority", "signer"]).default("log"),
  madeAgo: ago("How long ago it was made at the earliest, by madeBy. Left out: nobody tells."),
  madeBy: z.enum(["certificate", "signing-authority", "signer"]).default("certificate"),
  endsIn: ago("In how long it has to be verified again; left out: never."),
  annotations: z.record(text(), z.string()).exactOptional(),
});

const VEX = closed({
  ids: z.array(text()).min(1),
  status: z.enum(["not-affected", "affected", "fixed", "under-investigation"]),
  products: z.array(text()).default([]),
  components: z.array(text()).default([]),
  justification: text().exactOptional(),
  author: text().default("vendor"),
  saidAgo: ago("Left out: the document has no date."),
  verifiedBy: VERIFIED_BY,
});

const ATTESTATION = closed({ predicateType: text(), predicate: z.unknown(), verifiedBy: VERIFIED_BY });

const PACKAGE = closed({
  package: text().describe("Name and version, with a space between."),
  type: z.string().default("debian"),
  licences: z.array(text()).default([]),
  purl: text().exactOptional(),
});

const IMAGE_FIELDS = {
  scan: z
    .enum(["ok", "never", "running", "failed", "unsupported", "stale", "unavailable"])
    .default("ok")
    .describe("How the scan went. ok and stale have findings; ok without any is a clean image."),
  scanner: text().default("trivy"),
  scannedAgo: duration().prefault("1h"),
  databaseAgo: ago("Age of the scanner's vulnerability data."),
  findings: z.array(FINDING).default([]),
  content: z.array(CONTENT).exactOptional().describe("Secrets, misconfiguration, licences, malware; left out: nobody looked."),
  signatures: z
    .union([z.array(z.union([text(), SIGNED])), z.literal("unavailable")])
    .default([])
    .describe("Names of those who signed it, or more about each signature; unavailable: could not be asked."),
  config: CONFIG.exactOptional().describe("The image's configuration; left out: it has none."),
  packages: z.array(PACKAGE).exactOptional().describe("The SBOM; left out: there is none."),
  attestations: z.array(ATTESTATION).default([]),
  vex: z.array(VEX).default([]),
} as const;

const CHILD = closed({
  ...IMAGE_FIELDS,
  platform: z.string().regex(/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/, { error: "write os/architecture" }),
});

/** What is known of an image in a test: short to write, and by default an image that was scanned an hour ago and is clean. */
export const GIVEN = closed({
  ...IMAGE_FIELDS,
  seenAgo: duration().prefault("1h").describe("Since when the gate knows the image."),
  pushedBy: text().exactOptional(),
  children: z.array(CHILD).default([]).describe("Platforms; with any, the image is an index."),
  missingChildren: z.int().min(0).max(100).default(0).describe("How many platforms the index names that the registry does not have."),
});

/** What was known of attacks. A list that is left out is a feed that is not set up. */
export const THREATS = closed({
  knownExploited: z.array(text()).exactOptional().describe("CVE ids in CISA's list."),
  addedAgo: duration().prefault("1d").describe("Since when they stand in the list."),
  dueAgo: ago("Since when they are due; left out, with dueIn: no day is set."),
  dueIn: ago("In how long they are due."),
  probability: z.record(text(), z.number().min(0).max(1)).exactOptional().describe("EPSS by CVE id."),
  withdrawn: z.array(text()).exactOptional().describe("CVE ids that were rejected."),
});

export type Given = z.output<typeof GIVEN>;
export type GivenImage = z.output<typeof CHILD> | Given;
export type GivenFinding = z.output<typeof FINDING>;
export type GivenSignature = z.output<typeof SIGNED>;
export type GivenThreats = z.output<typeof THREATS>;
