import { loadavg } from "node:os";
import { type ImageKey, parseTag } from "../../shared/domain/image-ref.ts";
import type { Operated, Preview } from "../../shared/ports/operator.ts";
import { entryOf, evidenceOf, findingOf } from "../fixtures/evidence.ts";
import { at, keyOf, recordOf, verdictOf } from "../fixtures/records.ts";
import type { BenchOptions } from "./bench.ts";
import { type BenchGate, PLACE, startBenchGate } from "./hold-gate.ts";
import { distributionStand, embeddedStand, type Stand } from "./hold-stands.ts";
import { pushStock, type StockImage } from "./hold-stock.ts";
import { measured, round } from "./stats.ts";

const IMAGES = 10_000;
const CONCERNED = 1_000;
/** Of those that are concerned, one in so many runs. */
const ONE_RUNS_IN = 5;
const ALONE = 200;
const TOGETHER = 400;
const AT_ONCE = 8;
const PER_REPOSITORY = 10;
const WRITES = 500;
const BY = { name: "bench", reason: "measured" };
const WEAKNESS = "CVE-2026-4242";

/**
 * Holds and releases by hand, one after the other and eight at once; then from an entry in the list of what is known to be exploited to all images concerned being held or
 * given a deadline. All over loopback, with a store on disk.
 */
export async function hold({ images = IMAGES }: BenchOptions): Promise<readonly object[]> {
  const rows: object[] = [];
  for (const open of [embeddedStand, distributionStand]) {
    const stand = await open().catch((error: unknown) => String(error));
    if (typeof stand === "string") {
      rows.push({ name: "not measured", why: stand });
      continue;
    }
    try {
      rows.push(...(await onePerHand(stand)), ...(await allAtOnce(stand, images)));
    } finally {
      await stand.stop();
    }
  }
  return rows;
}

async function onePerHand(stand: Stand): Promise<readonly object[]> {
  const gate = await startBenchGate(stand.entry);
  try {
    const images = (await pushStock(stand.entry, ALONE + TOGETHER, PER_REPOSITORY)).map(({ key }) => key);
    const [alone, together] = [images.slice(0, ALONE), images.slice(ALONE)];
    const rows: object[] = [];
    for (const verb of ["hold", "release"] as const) {
      const act = (image: ImageKey): Promise<Operated | Preview> => gate.operator[verb]({ image, actor: BY });
      rows.push(await oneAfterTheOther(stand, gate, `${verb}, ${stand.name}, one after the other`, alone, act));
      rows.push(await atOnce(`${verb}, ${stand.name}, ${AT_ONCE} at once`, together, act));
    }
    return rows;
  } finally {
    await gate.stop();
  }
}

type Act = (image: ImageKey) => Promise<Operated | Preview>;

async function oneAfterTheOther(stand: Stand, gate: BenchGate, name: string, images: readonly ImageKey[], act: Act): Promise<object> {
  const before = { calls: stand.calls(), commits: gate.commits() };
  const samples: number[] = [];
  const startedAt = performance.now();
  for (const image of images) {
    const begunAt = performance.now();
    done(await act(image));
    samples.push(performance.now() - begunAt);
  }
  return {
    ...measured(name, samples, (performance.now() - startedAt) / 1_000),
    httpCalls: round((stand.calls() - before.calls) / images.length),
    commits: round((gate.commits() - before.commits) / images.length),
    load: round(loadavg()[0] ?? 0),
  };
}

async function atOnce(name: string, images: readonly ImageKey[], act: Act): Promise<object> {
  const left = [...images];
  const samples: number[] = [];
  const startedAt = performance.now();
  const work = async (): Promise<void> => {
    for (let image = left.shift(); image !== undefined; image = left.shift()) {
      const begunAt = performance.now();
      done(await act(image));
      samples.push(performance.now() - begunAt);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { ...measured(name, samples, (performance.now() - startedAt) / 1_000), load: round(loadavg()[0] ?? 0) };
}

function done(operated: Operated | Preview): void {
  if (operated.kind !== "done" || operated.outcome.kind !== "applied") throw new Error(JSON.stringify(operated));
}

/** From the entry of a list to the last image that is held or has a deadline. */
async function allAtOnce(stand: Stand, images: number): Promise<readonly object[]> {
  const gate = await startBenchGate(stand.entry);
  try {
    const concerned = await pushStock(stand.entry, Math.min(CONCERNED, images), PER_REPOSITORY);
    await remember(gate, concerned, images);
    const before = { calls: stand.calls(), commits: gate.commits(), cpu: process.cpuUsage() };
    const startedAt = performance.now();
    await gate.list([WEAKNESS]);
    const queuedAt = performance.now();
    const toHold = concerned.length - Math.ceil(concerned.length / ONE_RUNS_IN);
    await settled(gate, concerned.length, toHold);
    const seconds = (performance.now() - startedAt) / 1_000;
    const { user, system } = process.cpuUsage(before.cpu);
    return [
      {
        name: `KEV entry to all held, ${stand.name}`,
        images,
        concerned: concerned.length,
        held: toHold,
        deadlines: await deadlines(gate, concerned),
        secondsToQueue: round((queuedAt - startedAt) / 1_000),
        seconds: round(seconds),
        perSecond: round(concerned.length / seconds),
        httpCalls: round((stand.calls() - before.calls) / concerned.length),
        commits: round((gate.commits() - before.commits) / concerned.length),
        cpuSeconds: round((user + system) / 1e6),
        maxRssMiB: round(process.resourceUsage().maxRSS / 1_024),
        load: round(loadavg()[0] ?? 0),
      },
    ];
  } finally {
    await gate.stop();
  }
}

/** As after months of pushes and scans: every image was judged, let through, and has evidence; those concerned have a report. */
async function remember({ store, deps }: BenchGate, concerned: readonly StockImage[], images: number): Promise<void> {
  const { policy } = deps.policy();
  const others = Array.from({ length: images - concerned.length }, (_, number) => {
    return { key: keyOf(`image ${number}`, `other/r${number % WRITES}`), tag: parseTag("v0") };
  });
  const all = [...concerned, ...others];
  for (let from = 0; from < all.length; from += WRITES) {
    await Promise.all(
      all.slice(from, from + WRITES).map(async ({ key, tag }, place) => {
        const isConcerned = from + place < concerned.length;
        const findings = [findingOf(isConcerned ? WEAKNESS : `CVE-2026-${1_000 + (place % WRITES)}`)];
        const verdict = verdictOf("compliant", { policy: policy.id });
        const record = recordOf(key, { verdict, passedAt: at(0), tags: [tag] });
        const evidence = { kind: "gathered", entry: entryOf("", evidenceOf(findings), { image: key }) } as const;
        await store.ledger.commit({ image: record, intents: [], outcomes: [], journal: [], evidence });
        if (isConcerned) await store.reports.put({ digest: key.digest }, "trivy", report(key), deps.clock.now());
      }),
    );
  }
  const running = concerned.filter((_, number) => number % ONE_RUNS_IN === 0);
  const inUse = running.map(({ key: { digest } }) => ({ digest, workloads: [{ name: "shop/Deployment/api" }] as const }));
  await store.usage.put({ place: PLACE, seenAt: deps.clock.now(), images: inUse, unmatched: [] });
}

async function settled({ store }: BenchGate, violating: number, toHold: number): Promise<void> {
  for (;;) {
    const { held, verdicts } = await store.ledger.counts();
    if (held === toHold && verdicts.violating === violating) return;
    if ((await store.queue.depth()).parked > 0) throw new Error("work was given up");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function deadlines({ store }: BenchGate, images: readonly StockImage[]): Promise<number> {
  const records = await Promise.all(images.map(({ key }) => store.ledger.image(key)));
  return records.filter((record) => record?.deadline !== undefined).length;
}

function report(image: ImageKey): Uint8Array {
  const vulnerability = { VulnerabilityID: WEAKNESS, PkgName: "openssl", InstalledVersion: "3.0.1", Severity: "HIGH" };
  const results = [{ Target: "a", Class: "os-pkgs", Type: "debian", Vulnerabilities: [vulnerability] }];
  const head = { SchemaVersion: 2, CreatedAt: new Date().toISOString(), ArtifactName: image.digest, ArtifactType: "container_image" };
  return Buffer.from(JSON.stringify({ ...head, Results: results }));
}
