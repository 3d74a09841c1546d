import { createHash } from "node:crypto";
import { type Digest, parseDigest } from "../../domain/digest.ts";
import type {
  ConfigEvidence,
  FindingsEvidence,
  ImageEvidence,
  InventoryEvidence,
  ScanReport,
  SignatureEvidence,
  SignatureFact,
} from "../../domain/evidence.ts";
import type { Finding, PackageRef } from "../../domain/finding.ts";
import type { Tag } from "../../domain/image-ref.ts";
import type { Platform } from "../../domain/manifest.ts";
import type { Feed, Snapshot, ThreatFacts } from "../../domain/threat.ts";
import { add, type Duration, type Instant, instant } from "../../domain/time.ts";
import type { VexStatement } from "../../domain/vex.ts";
import type { Vouched } from "../../domain/vouched.ts";
import type { Given, GivenFinding, GivenImage, GivenSignature, GivenThreats } from "./given.ts";

/** The evidence that a test describes, as it would have been gathered at `now`. */
export function evidenceOf(given: Given, tags: readonly Tag[], now: Instant): ImageEvidence {
  const { children, missingChildren, seenAgo, pushedBy } = given;
  const isIndex = children.length > 0 || missingChildren > 0;
  const known = { firstSeenAt: before(now, seenAgo), ...(pushedBy === undefined ? {} : { pushedBy }) };
  return {
    ...factsOf(given, now),
    subject: { digest: digestOf("image"), kind: isIndex ? "index" : "image", tags, ...known },
    children: children.map((child) => ({
      ...factsOf(child, now),
      subject: { digest: digestOf(child.platform), kind: "image", platform: platformOf(child.platform), tags: [], ...known },
      children: [],
      missingChildren: [],
    })),
    missingChildren: Array.from({ length: missingChildren }, (_, number) => digestOf(`missing ${number}`)),
  };
}

/** What the feeds said. A list that is not given is a feed that is not set up. */
export function threatsOf(given: GivenThreats, now: Instant): ThreatFacts {
  const addedAt = before(now, given.addedAgo);
  const ids = <Entry>(list: readonly string[] | undefined, entry: Entry): Feed<Entry> =>
    list === undefined
      ? { kind: "absent" }
      : snapshot(
          list.map((id) => [id, entry]),
          now,
        );
  return {
    knownExploited: ids(given.knownExploited, { addedAt, usedByRansomware: "unknown", ...dueOf(given, now) }),
    exploitPrediction:
      given.probability === undefined
        ? { kind: "absent" }
        : snapshot(
            Object.entries(given.probability).map(([id, probability]) => [id, { probability, percentile: probability }]),
            now,
          ),
    withdrawn: ids(given.withdrawn, { at: addedAt }),
  };
}

function dueOf({ dueAgo, dueIn }: GivenThreats, now: Instant): { readonly dueAt?: Instant } {
  if (dueAgo !== undefined) return { dueAt: before(now, dueAgo) };
  return dueIn === undefined ? {} : { dueAt: add(now, dueIn) };
}

function snapshot<Entry>(entries: readonly (readonly [string, Entry])[], now: Instant): Snapshot<Entry> {
  return { kind: "read", digest: digestOf(JSON.stringify(entries)), madeAt: now, entries: new Map(entries) };
}

type Facts = Omit<ImageEvidence, "subject" | "children" | "missingChildren">;

function factsOf(given: GivenImage, now: Instant): Facts {
  return {
    gatheredAt: now,
    findings: findingsOf(given, now),
    signatures: signaturesOf(given, now),
    config: configOf(given, now),
    inventory: inventoryOf(given, now),
    attestations: {
      kind: "examined",
      statements: given.attestations.map(({ verifiedBy, ...statement }) => ({
        ...statement,
        place: digestOf(statement.predicateType),
        ...vouchersOf(verifiedBy),
      })),
    },
    vex: { kind: "examined", statements: given.vex.map((statement) => vexOf(statement, now)) },
  };
}

function findingsOf(given: GivenImage, now: Instant): FindingsEvidence {
  const why = "as the test says";
  switch (given.scan) {
    case "ok":
      return { kind: "reported", reports: [reportOf(given, now)] };
    case "stale":
      return { kind: "stale", why, reports: [reportOf(given, now)] };
    case "never":
      return { kind: "absent" };
    case "running":
      return { kind: "pending", why };
    case "failed":
    case "unsupported":
    case "unavailable":
      return { kind: given.scan, why };
    default:
      return given.scan satisfies never;
  }
}

function reportOf({ scanner, scannedAgo, databaseAgo, findings, content }: GivenImage, now: Instant): ScanReport {
  return {
    scanner,
    scannedAt: before(now, scannedAgo),
    databaseAt: databaseAgo === undefined ? "unknown" : before(now, databaseAgo),
    origin: "attached",
    digest: digestOf("report"),
    findings: findings.map((finding) => findingOf(finding, scanner, now)),
    ...(content === undefined ? {} : { content, covers: ["secret", "misconfiguration", "licence", "malware"] }),
  };
}

function findingOf(given: GivenFinding, scanner: string, now: Instant): Finding {
  const { id, aliases, severity, score, fixed, fixState, fixedAgo, publishedAgo, firstSeenAgo, exploited, probability } = given;
  const versions = fixed === undefined ? [] : typeof fixed === "string" ? [fixed] : fixed;
  const when = (name: string, ago: Duration | undefined): object => (ago === undefined ? {} : { [name]: before(now, ago) });
  const exploit = {
    ...(exploited === undefined ? {} : { isKnownExploited: exploited }),
    ...(probability === undefined ? {} : { probability }),
  };
  return {
    id,
    aliases,
    severity,
    severities: [{ source: scanner, raw: severity, severity }],
    ...(score === undefined ? {} : { score }),
    package: packageOf(given),
    fix: { state: versions.length > 0 ? "fixed" : fixState, versions, ...when("availableAt", fixedAgo) },
    ...when("publishedAt", publishedAgo),
    ...when("firstSeenAt", firstSeenAgo),
    ...(Object.keys(exploit).length === 0 ? {} : { exploit }),
  };
}

function packageOf(given: { readonly package: string; readonly type: string; readonly purl?: string; readonly path?: string }): PackageRef {
  const { purl, path, type } = given;
  const space = given.package.lastIndexOf(" ");
  const [name, version] = space < 0 ? [given.package, ""] : [given.package.slice(0, space), given.package.slice(space + 1)];
  return { name, version, type, ...(purl === undefined ? {} : { purl }), ...(path === undefined ? {} : { path }) };
}

function signaturesOf({ signatures }: GivenImage, now: Instant): SignatureEvidence {
  if (signatures === "unavailable") return { kind: "unavailable", why: "as the test says" };
  return {
    kind: "examined",
    signatures: signatures.map((given, at) =>
      typeof given === "string" ? signatureOf({ ...PLAIN, signer: given }, at, now) : signatureOf(given, at, now),
    ),
  };
}

const PLAIN = { code: "ok", format: "cosign", signedBy: "log", madeBy: "certificate" } as const;

function signatureOf(given: GivenSignature, at: number, now: Instant): SignatureFact {
  const { signer, code, format, key, signedAgo, madeAgo, endsIn, annotations } = given;
  const own = {
    ...(signer === undefined ? {} : { identity: signer }),
    ...(key === undefined ? {} : { key: digestOf(key) }),
    ...(signedAgo === undefined ? {} : { signedAt: { at: before(now, signedAgo), by: given.signedBy } }),
    ...(madeAgo === undefined ? {} : { madeAfter: { at: before(now, madeAgo), by: given.madeBy } }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const end = endsIn === undefined ? {} : { goodUntil: add(now, endsIn) };
  return { format, place: digestOf(`signature ${at}`), code, detail: "as the test says", ...end, ...(code === "ok" ? own : {}) };
}

function vouchersOf(verifiedBy: GivenImage["vex"][number]["verifiedBy"]): Vouched {
  if (verifiedBy === undefined) return {};
  const names = typeof verifiedBy === "string" ? [verifiedBy] : verifiedBy;
  return { signedBy: names.map((name) => ({ names: [name], place: digestOf(name) })) };
}

function configOf({ config }: GivenImage, now: Instant): ConfigEvidence {
  if (config === undefined) return { kind: "absent" };
  const { createdAgo, ...fields } = config;
  return { kind: "read", config: { ...fields, createdAt: createdAgo === undefined ? "unknown" : before(now, createdAgo) } };
}

function inventoryOf({ packages }: GivenImage, now: Instant): InventoryEvidence {
  if (packages === undefined) return { kind: "absent" };
  const listed = packages.map((each) => ({ ...packageOf(each), licences: each.licences }));
  return {
    kind: "reported",
    inventories: [{ format: "spdx-json", tool: "test", madeAt: now, digest: digestOf("sbom"), packages: listed }],
  };
}

function vexOf({ saidAgo, verifiedBy, ...statement }: GivenImage["vex"][number], now: Instant): VexStatement {
  return {
    ...statement,
    saidAt: saidAgo === undefined ? "unknown" : before(now, saidAgo),
    place: digestOf("vex"),
    ...vouchersOf(verifiedBy),
  };
}

function platformOf(text: string): Platform {
  const [os = "", architecture = "", variant] = text.split("/");
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** Never before 1970, whatever a test says. */
function before(now: Instant, ago: Duration): Instant {
  return instant(Math.max(0, now - ago));
}

/** A digest that is the same for the same name. */
function digestOf(name: string): Digest {
  return parseDigest(`sha256:${createHash("sha256").update(name).digest("hex")}`);
}
