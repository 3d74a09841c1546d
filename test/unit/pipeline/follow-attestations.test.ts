import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Gate, openGate } from "../../../shared/compose/gate.ts";
import type { ImageEvidence, SignatureFact } from "../../../shared/domain/evidence.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { readJudgeWork } from "../../../shared/pipeline/work.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { judgeOccurrence, resourceOf } from "../../../shared/signatures/binauthz/judge.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead } from "../../contract/store.ts";
import { attestorDocument, attestorOf, attestorSigner, EXPECTED, occurrenceOf, payloadOf } from "../../fixtures/binauthz.ts";
import { entryOf, evidenceOf } from "../../fixtures/evidence.ts";
import { keyOf, NOW, recordOf, verdictOf } from "../../fixtures/records.ts";

const signer = attestorSigner("EC_SIGN_P256_SHA256");
const stranger = attestorSigner("EC_SIGN_P256_SHA256");
const warned: string[] = [];
const log = { info: () => undefined, warn: (message: string) => void warned.push(message), error: () => undefined };

let folder: string;
let store: Store;
let gate: Gate;
let edits = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-follow-attestations-"));
  warned.length = 0;
  write("ci.json", attestorDocument([signer.key]));
  write(
    "policy.yaml",
    "apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: p }\nmode: enforce\ntrust: { attestors: [{ name: ci, file: ci.json }] }\nrules:\n  - { id: attested, rule: signature-required, signers: [ci] }\n",
  );
  exported([]);
  store = openSqliteStore({ file: ":memory:", signHead });
  gate = await open();
  for (const name of ["api", "web"]) await seen(name, []);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function write(name: string, content: object | string): void {
  const file = join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  utimesSync(file, 1, ++edits);
}

function exported(occurrences: readonly object[]): void {
  write("attestations.json", occurrences);
}

function open(): Promise<Gate> {
  const { registry: host } = keyOf("api");
  const credentials = async () => undefined;
  const entry = {
    host,
    provider: "oci",
    mode: "dry-run",
    plainHttp: false,
    credentials,
    hookSecrets: [],
    quarantine: "quarantine",
  } as const;
  const settings = { policyFile: join(folder, "policy.yaml"), attestations: [join(folder, "attestations.json")] };
  return openGate({ ...settings, registries: [entry], sinks: [], version: "0.0.0" }, store, { now: () => NOW }, log);
}

function attested(image: ImageKey, by = signer): object {
  return {
    ...occurrenceOf(by, payloadOf(image)),
    resourceUri: resourceOf(image),
    name: `projects/acme/occurrences/${image.digest.slice(7, 15)}`,
  };
}

function factsOf(image: ImageKey, document: object): readonly SignatureFact[] {
  const judged = judgeOccurrence(document, attestorOf(signer.key), { ...EXPECTED, image });
  const place = `projects/acme/occurrences/${image.digest.slice(7, 15)}`;
  return judged.map((judgement) => ({ format: "binauthz", place, ...judgement }));
}

async function seen(name: string, signatures: readonly SignatureFact[], more: Partial<ImageEvidence> = {}): Promise<void> {
  const entry = entryOf(name, evidenceOf([], { signatures: { kind: "examined", signatures }, ...more }));
  const image = recordOf(keyOf(name), { verdict: verdictOf("violating") });
  const commit = { image, intents: [], outcomes: [], journal: [], evidence: { kind: "gathered", entry } } as const;
  expect(await store.ledger.commit(commit)).toBe("committed");
}

/** Names of the images that are to be judged again, and the runs that they are judged for; the queue is empty afterwards. */
async function queued(): Promise<readonly string[]> {
  const jobs = await store.queue.claim(100, NOW, 60_000);
  for (const job of jobs) await store.queue.finish(job, { kind: "done" }, NOW);
  const works = jobs.map((job) => readJudgeWork(job.payload));
  expect(works.every(({ run = "" }) => run.startsWith("attestations-"))).toBe(true);
  return ["api", "web", "db"].filter((name) => works.some(({ digest }) => digest === keyOf(name).digest));
}

test("an attestation that comes has its image judged again, and no other", async () => {
  await gate.refreshAttestations();
  expect(await queued()).toEqual([]);
  exported([attested(keyOf("api"))]);
  await gate.refreshAttestations();
  expect(await queued()).toEqual(["api"]);
  await gate.refreshAttestations();
  expect(await queued()).toEqual([]);
});

test("T42: an attestation that is taken back has its image judged again", async () => {
  const document = attested(keyOf("db"));
  exported([document]);
  await seen("db", factsOf(keyOf("db"), document));
  await gate.refreshAttestations();
  expect(await queued()).toEqual([]);
  exported([]);
  await gate.refreshAttestations();
  expect(await queued()).toEqual(["db"]);
});

test("what changed while no gate ran is found by what was stored", async () => {
  exported([attested(keyOf("web"))]);
  await (await open()).refreshAttestations();
  expect(await queued()).toEqual(["web"]);
});

test("another signature under the same name is another attestation", async () => {
  const document = attested(keyOf("db"));
  await seen("db", factsOf(keyOf("db"), document));
  exported([attested(keyOf("db"), stranger)]);
  await gate.refreshAttestations();
  expect(await queued()).toEqual(["db"]);
});

test("a file that is rewritten with the same content changes nothing; a damaged one is told once, and changes nothing", async () => {
  exported([attested(keyOf("api"))]);
  await gate.refreshAttestations();
  await queued();
  exported([attested(keyOf("api"))]);
  write("attestations.json", "[{");
  await gate.refreshAttestations();
  await gate.refreshAttestations();
  expect(await queued()).toEqual([]);
  expect(warned).toHaveLength(1);
});
