import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Finding } from "../../shared/domain/finding.ts";
import { type ImageKey, parseImageKey, parseTag, type Tag } from "../../shared/domain/image-ref.ts";
import { type KnownSeverity, SEVERITIES } from "../../shared/domain/severity.ts";
import { type Instant, instant, parseInstant } from "../../shared/domain/time.ts";

/** One image with what one scan found in it. */
export interface InventoryImage {
  readonly image: ImageKey;
  readonly tags: readonly Tag[];
  readonly pushedAt: Instant;
  readonly findings: readonly Finding[];
}

/** What the policy needs beside the findings. */
export interface PolicyFacts {
  readonly now: Instant;
  readonly waivers: readonly { readonly id: string; readonly scope: string; readonly expiresAt: Instant }[];
  readonly knownExploited: readonly string[];
}

export interface Inventory {
  readonly images: Iterable<InventoryImage> | AsyncIterable<InventoryImage>;
  readonly facts: PolicyFacts;
}

const DAY_MS = 86_400_000;
const POOL = 20_000;
const TEAMS = 40;
const NOW = parseInstant("2026-11-21T00:00:00Z");
const PACKAGES = [
  "openssl",
  "zlib",
  "glibc",
  "curl",
  "busybox",
  "libxml2",
  "expat",
  "sqlite",
  "krb5",
  "perl",
  "log4j-core",
  "netty-codec",
  "lodash",
  "tar",
];
const WEIGHTS: readonly (readonly [KnownSeverity, number])[] = [
  ["critical", 4],
  ["high", 22],
  ["medium", 45],
  ["low", 22],
  ["negligible", 7],
];

type Dice = (sides: number) => number;

/** Mulberry32: small, seeded, good enough to spread made-up findings. */
function dice(seed: number): Dice {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

/** A registry of one company: images share the findings of a pool of 20,000, so that an id means the same thing in every image. */
export function makeInventory(images: number, findings: number, seed: number): Inventory {
  const roll = dice(seed);
  const pool = Array.from({ length: POOL }, (_, number) => madeFinding(roll, number));
  const facts = madeFacts(dice(seed + 1), pool);
  return { facts, images: madeImages(roll, pool, images, findings, seed) };
}

function* madeImages(roll: Dice, pool: readonly Finding[], images: number, findings: number, seed: number): Generator<InventoryImage> {
  for (let number = 0; number < images; number++) {
    const digest = createHash("sha256").update(`${seed}/${number}`).digest("hex");
    const repository = `team-${String(number % TEAMS).padStart(2, "0")}/app-${String(Math.floor(number / 10) % 500).padStart(3, "0")}`;
    const start = roll(POOL);
    const step = [1, 3, 7, 9, 11, 13][roll(6)] ?? 1;
    yield {
      image: parseImageKey(`registry.example/${repository}@sha256:${digest}`),
      tags: roll(10) < 7 ? [parseTag(`v${Math.floor(number / 5_000)}.${number % 10}`)] : [],
      pushedAt: instant(NOW - roll(400) * DAY_MS),
      findings: Array.from({ length: findings }, (_, place) => pool[(start + place * step) % POOL]).filter((each) => each !== undefined),
    };
  }
}

function madeFinding(roll: Dice, number: number): Finding {
  const severity = weighted(roll);
  const isFixed = roll(10) < 6;
  return shaped({
    id: `CVE-${2019 + roll(8)}-${10_000 + number}`,
    severity,
    score: roll(100) / 10,
    package: PACKAGES[roll(PACKAGES.length)] ?? "openssl",
    version: `${roll(10)}.${roll(31)}.${roll(21)}`,
    ...(isFixed ? { fixedVersion: `${10 + roll(3)}.${roll(31)}.${roll(21)}` } : {}),
    publishedAt: instant(NOW - roll(2_000) * DAY_MS - roll(86_400) * 1_000),
    kev: (severity === "critical" || severity === "high") && roll(50) === 0,
  });
}

function weighted(roll: Dice): KnownSeverity {
  let pick = roll(100);
  for (const [severity, weight] of WEIGHTS) {
    if (pick < weight) return severity;
    pick -= weight;
  }
  return "negligible";
}

function madeFacts(roll: Dice, pool: readonly Finding[]): PolicyFacts {
  const any = (): string => pool[roll(POOL)]?.id ?? "";
  return {
    now: NOW,
    waivers: Array.from({ length: 4_000 }, () => ({
      id: any(),
      scope: `team-${String(roll(TEAMS)).padStart(2, "0")}/`,
      expiresAt: instant(NOW + (roll(181) - 60) * DAY_MS),
    })),
    knownExploited: Array.from({ length: 100 }, any),
  };
}

interface Line {
  readonly id: string;
  readonly severity: string;
  readonly score: number;
  readonly package: string;
  readonly version: string;
  readonly fixedVersion?: string;
  readonly publishedAt: Instant;
  readonly kev: boolean;
}

function shaped({ id, severity: word, score, package: name, version, fixedVersion, publishedAt, kev }: Line): Finding {
  const severity = SEVERITIES.find((each) => each === word) ?? "unknown";
  return {
    id,
    aliases: [],
    severity,
    severities: [{ source: "scanner", raw: word, severity }],
    score,
    package: { name, version, type: "debian" },
    fix: fixedVersion === undefined ? { state: "not-fixed", versions: [] } : { state: "fixed", versions: [fixedVersion] },
    publishedAt,
    exploit: { isKnownExploited: kev },
  };
}

/** Reads an inventory of JSON lines that another generator made, and the data of its policy. */
export function readInventory(file: string, policyData: string): Inventory {
  return { facts: readFacts(policyData), images: readImages(file) };
}

async function* readImages(file: string): AsyncGenerator<InventoryImage> {
  const pool = new Map<string, Finding>();
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const { image, findings } = JSON.parse(line) as {
      readonly image: {
        readonly registry: string;
        readonly repository: string;
        readonly digest: string;
        readonly tags: string[];
        readonly pushedAt: string;
      };
      readonly findings: readonly (Omit<Line, "publishedAt"> & { readonly publishedAt: string })[];
    };
    yield {
      image: parseImageKey(`${image.registry}/${image.repository}@${image.digest}`),
      tags: image.tags.map((tag) => parseTag(tag)),
      pushedAt: parseInstant(image.pushedAt),
      findings: findings.map((each) => shared(pool, each)),
    };
  }
}

function shared(pool: Map<string, Finding>, line: Omit<Line, "publishedAt"> & { readonly publishedAt: string }): Finding {
  const key = JSON.stringify(line);
  const known = pool.get(key) ?? shaped({ ...line, publishedAt: parseInstant(line.publishedAt) });
  pool.set(key, known);
  return known;
}

function readFacts(file: string): PolicyFacts {
  const { now, waivers, kev } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly now: string;
    readonly waivers: Readonly<Record<string, readonly { readonly scope: string; readonly expires: string }[]>>;
    readonly kev: Readonly<Record<string, boolean>>;
  };
  return {
    now: parseInstant(now),
    waivers: Object.entries(waivers).flatMap(([id, list]) =>
      list.map(({ scope, expires }) => ({ id, scope, expiresAt: parseInstant(expires) })),
    ),
    knownExploited: Object.keys(kev),
  };
}
