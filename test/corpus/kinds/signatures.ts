import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { parseDigest } from "../../../shared/domain/digest.ts";
import type { SignatureCode, SignatureFact } from "../../../shared/domain/evidence.ts";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import { parseInstant } from "../../../shared/domain/time.ts";
import { openClient } from "../../../shared/oci/client.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { ImageSource } from "../../../shared/ports/image-source.ts";
import type { SigstoreTrust, TextMatch, Trust, TrustedIdentity, VerifyRequest } from "../../../shared/ports/signature-verifier.ts";
import { signatures } from "../../../shared/signatures/table.ts";
import { serveLayout } from "../../fakes/layout-registry.ts";
import type { Loopback } from "../../fakes/loopback.ts";
import { NOTATION, readNotationTrust, readRevocation } from "./notation-trust.ts";
import type { FolderKind, Row } from "./row.ts";

const NEED = z.enum(["required", "ignored"]);
const IDENTITY = z
  .object({ issuer: z.string(), issuerPattern: z.string(), subject: z.string(), subjectPattern: z.string() })
  .partial()
  .catchall(z.string());
const COSIGN = z.strictObject({
  keys: z.array(z.string()).optional(),
  digestAlgorithm: z.enum(["sha256", "sha384", "sha512"]).optional(),
  trustedRoot: z.string().optional(),
  identities: z.array(IDENTITY).optional(),
  transparencyLog: NEED.optional(),
  timestamp: NEED.optional(),
  sct: NEED.optional(),
  predicateType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  allowCertificateChain: z.boolean().optional(),
});
const CASE = z.object({
  image: z.string(),
  repository: z.string(),
  format: z.enum(["cosign", "notation", "none"]),
  storage: z.enum(["referrers", "referrers-tag", "sig-tag", "att-tag"]),
  referrersAnswer: z.string().optional(),
  trust: z.object({ now: z.string(), cosign: COSIGN.optional(), notation: NOTATION.optional() }),
  expected: z.object({
    accepted: z.boolean(),
    reason: z.string(),
    alsoAcceptable: z.array(z.string()).optional(),
    identity: z.object({ issuer: z.string(), subject: z.string() }).partial().optional(),
    disputed: z.boolean().optional(),
  }),
});
type Case = z.output<typeof CASE>;
type CosignTrust = z.output<typeof COSIGN>;

interface Verdict {
  readonly accepted: boolean;
  readonly reason: string;
  readonly signer?: SignatureFact["signer"];
}

/** Signed images, each a folder with its layout, what is trusted, and the outcome that a right verifier reports. */
export const signedImages: FolderKind = async function* (folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1)))
    yield judgeCase(join(folder, name), name);
};

async function judgeCase(dir: string, name: string): Promise<Row> {
  const read = CASE.safeParse(JSON.parse(await readFile(join(dir, "case.json"), "utf8")));
  if (!read.success)
    return {
      case: name,
      outcome: "failed",
      detail: `case.json has what this check does not know: ${read.error.issues[0]?.path.join(".")}`,
    };
  const { cosign, notation } = read.data.trust;
  if (notation !== undefined)
    return compareVerdict(name, read.data.expected, await verifyCase(dir, read.data, await readNotationTrust(dir, notation)));
  const trust = cosign === undefined ? undefined : await readTrust(dir, cosign);
  if (trust === undefined) return { case: name, outcome: "unsupported", detail: `${read.data.format} without its trust` };
  return compareVerdict(name, read.data.expected, await verifyCase(dir, read.data, trust));
}

async function readTrust(dir: string, cosign: CosignTrust): Promise<Trust> {
  const { keys = [], digestAlgorithm = "sha256", transparencyLog = "ignored", identities = [], annotations, predicateType } = cosign;
  const read = keys.map(async (file) => ({
    name: file,
    pem: await readFile(join(dir, file), "utf8"),
    hash: digestAlgorithm,
    transparencyLog,
  }));
  return {
    keys: await Promise.all(read),
    identities: identities.map(identityOf),
    ...(cosign.trustedRoot === undefined ? {} : { sigstore: [await readSigstore(dir, cosign.trustedRoot, cosign)] }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(predicateType === undefined ? {} : { predicateType }),
  };
}

async function readSigstore(dir: string, file: string, cosign: CosignTrust): Promise<SigstoreTrust> {
  const { transparencyLog = "ignored", timestamp = "ignored", sct = "required", allowCertificateChain = false } = cosign;
  return {
    name: "case",
    root: await readFile(join(dir, file), "utf8"),
    transparencyLog,
    timestamp,
    sct,
    allowsChain: allowCertificateChain,
  };
}

function identityOf(document: z.output<typeof IDENTITY>, at: number): TrustedIdentity {
  const { issuer, issuerPattern, subject, subjectPattern, ...claims } = document;
  return { name: `identity ${at}`, issuer: matchOf(issuer, issuerPattern), subject: matchOf(subject, subjectPattern), claims };
}

function matchOf(exact: string | undefined, pattern: string | undefined): TextMatch {
  return exact === undefined ? { kind: "pattern", value: pattern ?? "" } : { kind: "exact", value: exact };
}

async function verifyCase(dir: string, each: Case, trust: Trust): Promise<Verdict> {
  const registry = await serveLayout({ dir: join(dir, "layout"), referrers: await referrersOf(dir, each) });
  try {
    return verdictOf(await verifyAt(registry, dir, each, trust));
  } catch (error) {
    // The gate calls this unavailable: not accepted, and no proof of absence.
    if (error instanceof AdapterError) return { accepted: false, reason: error.code };
    throw error;
  } finally {
    await registry.close();
  }
}

async function referrersOf(dir: string, { storage, referrersAnswer }: Case): Promise<Parameters<typeof serveLayout>[0]["referrers"]> {
  if (storage !== "referrers") return "none";
  return referrersAnswer === undefined ? "computed" : { answer: await readFile(join(dir, referrersAnswer), "utf8") };
}

async function verifyAt({ host }: Loopback, dir: string, each: Case, trust: Trust): Promise<readonly SignatureFact[]> {
  const source: ImageSource = openClient({ host: parseRegistryHost(host), plainHttp: true, credentials: async () => undefined });
  const registry = parseRegistryHost(each.repository.slice(0, each.repository.indexOf("/")));
  const repository = parseRepository(each.repository.slice(each.repository.indexOf("/") + 1));
  const digest = parseDigest(each.image);
  const manifest = await source.manifest(repository, digest);
  if (manifest === undefined) throw new AdapterError("not-found", "the image is not in its layout");
  const referrers = (await source.referrers(repository, digest)).map((referrer) => ({ repository, referrer }));
  const request = {
    image: { registry, repository, digest },
    source,
    referrers,
    trust,
    now: parseInstant(each.trust.now),
    ...(await revocationOf(dir, each)),
  };
  const facts: SignatureFact[] = [];
  for (const load of Object.values(signatures)) facts.push(...(await (await load()).verify(request)));
  return facts;
}

async function revocationOf(dir: string, { trust: { notation } }: Case): Promise<Pick<VerifyRequest, "revocation">> {
  return notation === undefined ? {} : { revocation: await readRevocation(dir, notation) };
}

// Of several bad signatures, the one that came nearest to being good says most.
const NEAREST: readonly SignatureCode[] = ["predicate-mismatch", "identity-mismatch", "digest-mismatch", "signature-invalid"];

/** One good signature is enough, and a bad one hides no good one. */
function verdictOf(facts: readonly SignatureFact[]): Verdict {
  const good = facts.find(({ code }) => code === "ok");
  if (good !== undefined) return { accepted: true, reason: "ok", ...(good.signer === undefined ? {} : { signer: good.signer }) };
  const nearest = NEAREST.find((code) => facts.some((fact) => fact.code === code));
  return { accepted: false, reason: nearest ?? facts[0]?.code ?? "no-signature" };
}

function names({ issuer, subject }: NonNullable<Case["expected"]["identity"]>, signer: SignatureFact["signer"]): boolean {
  return (issuer === undefined || issuer === signer?.issuer) && (subject === undefined || subject === signer?.subject);
}

/** infra/decisions/0009-older-bundles-count.md: what the reference refuses for its version alone is judged by its content. */
function isDecided({ disputed = false, accepted, reason }: Case["expected"], actual: Verdict): boolean {
  return disputed && !accepted && reason === "unsupported" && actual.accepted;
}

function compareVerdict(name: string, expected: Case["expected"], actual: Verdict): Row {
  const reasons = [expected.reason, ...(expected.alsoAcceptable ?? [])];
  const isRight =
    ((actual.accepted === expected.accepted && reasons.includes(actual.reason)) || isDecided(expected, actual)) &&
    (expected.identity === undefined || names(expected.identity, actual.signer));
  if (isRight) return { case: name, outcome: "passed" };
  return { case: name, outcome: "failed", detail: `expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}` };
}
