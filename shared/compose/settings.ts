import * as z from "zod";
import type { BrakeLimits } from "../domain/brake.ts";
import { parseRegistryHost, type RegistryHost } from "../domain/image-ref.ts";
import type { TwoPeople } from "../domain/proposal.ts";
import { FEED_NAMES } from "../domain/threat.ts";
import type { Duration } from "../domain/time.ts";
import type { AdmissionTerms } from "../enforcement/admission.ts";
import type { FeedSettings } from "../feeds/feeds.ts";
import type { FeedLocation } from "../feeds/location.ts";
import { closed, duration, READ_ONCE } from "../policy/field.ts";
import { type Located, readYaml } from "../policy/place.ts";
import { PolicyError } from "../policy/policy-error.ts";
import { problemsOf } from "../policy/problem.ts";
import type { Credentials, RegistrySettings } from "../ports/provider.ts";
import type { Environment } from "../runtime/config.ts";
import { readSecret, type Secret } from "../runtime/secret.ts";
import { BRAKE, brakeLimits } from "./brake-settings.ts";
import type { RegistryEntry } from "./gate.ts";
import type { HistorySettings } from "./history.ts";
import { FOUR_EYES, fourEyesOf, PEOPLE, type Person, peopleOf } from "./people.ts";
import { host, REGISTRY, reached, reference, registryEntry } from "./registry-settings.ts";
import type { SinkEntry } from "./sinks.ts";
import { USAGE, type UsageSettings } from "./usage-settings.ts";
import { VERDICTS, type VerdictSettings, verdictSettings } from "./verdicts.ts";

const SINK = z.lazy(() =>
  closed({
    name: z.string().regex(/^[a-z0-9-]{1,40}$/, { error: "use lower-case letters, digits and dashes" }),
    kind: z.enum(["webhook", "stdout"]),
    url: z.url({ error: "write an https address" }).optional(),
    secret: reference.optional().describe("Standard Webhooks secret (whsec_...)."),
    plainHttp: z.boolean().default(false).describe("Only for loopback."),
  }),
);

const FEED = z.lazy(() =>
  closed({
    url: z
      .url({ protocol: /^https?$/, error: "write an https address" })
      .optional()
      .describe("Where the feed is downloaded."),
    file: z.string().min(1).optional().describe("Path of a copy of the feed, in place of url."),
    every: duration().prefault("24h").describe("How often it is read."),
    internal: z.boolean().default(false).describe("The address is of a mirror in the own network; redirects are not followed then."),
  }).refine(({ url, file }) => (url === undefined) !== (file === undefined), { error: "write either url or file" }),
);

const FEEDS = closed({
  knownExploited: FEED.optional().describe("CISA's catalogue of known exploited vulnerabilities, JSON."),
  exploitPrediction: FEED.optional().describe("FIRST's EPSS scores, csv or csv.gz."),
  withdrawn: FEED.optional().describe("OSV records, a JSON list or one a line; those with `withdrawn` count."),
  keepFor: duration().prefault("90d").describe("How long a snapshot is kept after it went out of use, for verdicts as of an earlier day."),
});

const REVOCATION = closed({
  internalHosts: z
    .array(host)
    .default([])
    .describe("Hosts of the own network that may be asked: those in the certificates of a company's own authority, as host or host:port."),
});

const ADMISSION = closed({
  unknown: z
    .enum(["warn", "refuse"])
    .default("warn")
    .describe("What a cluster is told of an image in a watched registry that was never judged."),
});

const SETTINGS = closed({
  apiVersion: z.literal("moorgate.dev/v1"),
  kind: z.literal("Settings"),
  store: z
    .string()
    .regex(/^[a-z0-9]+:\/\/./, { error: "write a place such as dynamodb://eu-central-1/moorgate, or leave it out" })
    .optional()
    .describe("Where the gate keeps all that it knows: a table, dynamodb://REGION/TABLE. Left out: a file in its state folder."),
  registries: z.array(REGISTRY).default([]),
  sinks: z.array(SINK).default([]),
  people: PEOPLE.describe("Who may ask something of the gate, beside whoever has the token of its state folder."),
  fourEyes: FOUR_EYES,
  attestations: z
    .array(z.string().min(1, { error: "name a file or folder" }))
    .default([])
    .describe(
      "Attestations of Google's Binary Authorization, as gcloud prints them in JSON: files, and folders of which every *.json counts. They are read again when they change; a policy that trusts attestors looks here.",
    ),
  feeds: FEEDS.prefault({}).describe("What is known of attacks."),
  revocation: REVOCATION.prefault({}).describe("Where it may be asked whether a certificate has been revoked, beside the public internet."),
  brake: z
    .union([z.literal("off"), BRAKE], { error: "write off, or limits such as { images: 20, perHour: 60, ofRepository: 50% }" })
    .prefault({})
    .describe(
      "When a change of policy, waivers, feeds or attestations, or a sweep, would hold more than this, it stops and asks. What is pushed is judged at once, always. off: it never stops.",
    ),
  usage: USAGE.prefault({}).describe("Where it is known what runs: an image that runs, or of which that is not known, is not cut off."),
  verdicts: VERDICTS.optional().describe(
    "Puts a signed attestation beside each image that passed, for admission controllers to demand. Nothing is published where it is left out.",
  ),
  admission: ADMISSION.optional().describe(
    "Lets clusters ask at /admission before they start something. They are asked for no token, so this stands open to whoever reaches the port; closed where it is left out.",
  ),
  sweepEvery: duration().prefault("10m").describe("How often every registry is compared with what is known."),
});

export interface FileSettings {
  /** Place of the store; absent: the file in the state folder. */
  readonly store?: string;
  readonly registries: readonly RegistryEntry[];
  readonly sinks: readonly SinkEntry[];
  readonly people: readonly Person[];
  readonly fourEyes: readonly TwoPeople[];
  readonly attestations: readonly string[];
  readonly feeds: FeedSettings;
  readonly revocation: { readonly internalHosts: readonly string[] };
  readonly brake: BrakeLimits | "off";
  readonly usage: UsageSettings;
  readonly verdicts?: VerdictSettings;
  readonly admission?: AdmissionTerms;
  readonly sweepEvery: Duration;
}

/**
 * Reads `moorgate.yaml`. `dockerCredentials` are used for a registry that names none.
 * @throws PolicyError with every problem, ParseError on a secret that is not there
 */
export function parseSettings(
  text: string,
  file: string,
  environment: Environment,
  dockerCredentials: (host: RegistryHost) => Credentials,
): FileSettings {
  const { read, located } = readDocument(text, file);
  const secretAt = (path: readonly PropertyKey[], value: string | undefined): Secret | undefined =>
    value === undefined ? undefined : readSecret(value, environment, located.place(path));
  const people = peopleOf(read.people, environment, (...path) => located.place(["people", ...path]));
  return {
    ...asWritten(read),
    registries: read.registries.map((entry, index) =>
      registryEntry(entry, { environment, dockerCredentials, place: (...path) => located.place(["registries", index, ...path]) }),
    ),
    sinks: sinksOf(read.sinks, secretAt),
    people,
    fourEyes: fourEyesOf(read.fourEyes, people, located.place(["fourEyes"])),
    feeds: feedSettings(read.feeds),
    brake: brakeLimits(read.brake),
    ...(read.verdicts === undefined
      ? {}
      : { verdicts: verdictSettings(read.verdicts, environment, (...path) => located.place(["verdicts", ...path])) }),
    ...(read.admission === undefined ? {} : { admission: read.admission }),
  };
}

/** @throws PolicyError with every problem */
function readDocument(text: string, file: string): { readonly read: z.output<typeof SETTINGS>; readonly located: Located } {
  const located = readYaml(text, file);
  const { data, error } = SETTINGS.safeParse(located.data, READ_ONCE);
  if (data === undefined) throw new PolicyError(problemsOf(error.issues, located));
  return { read: data, located };
}

/**
 * One of the registries, to read its images: nobody else's secrets are needed. `undefined`: it is not named there.
 * @throws PolicyError, ParseError on a secret that is not there
 */
export function parseRegistrySettings(
  text: string,
  file: string,
  environment: Environment,
  dockerCredentials: (host: RegistryHost) => Credentials,
  host: RegistryHost,
): RegistrySettings | undefined {
  const { read, located } = readDocument(text, file);
  const index = read.registries.findIndex((entry) => parseRegistryHost(entry.host) === host);
  const entry = read.registries[index];
  return entry && reached(entry, { environment, dockerCredentials, place: (...path) => located.place(["registries", index, ...path]) });
}

/** What is needed to read what a gate has stored: no secret is. @throws PolicyError */
export function parseHistorySettings(text: string, file: string): HistorySettings {
  const { read } = readDocument(text, file);
  return { ...placed(read), feeds: feedSettings(read.feeds), usage: read.usage };
}

/** What needs no second reading. */
function asWritten(data: z.output<typeof SETTINGS>): Pick<FileSettings, "store" | "attestations" | "revocation" | "usage" | "sweepEvery"> {
  const { attestations, revocation, usage, sweepEvery } = data;
  return { ...placed(data), attestations, revocation, usage, sweepEvery };
}

function placed({ store }: z.output<typeof SETTINGS>): { readonly store?: string } {
  return store === undefined ? {} : { store };
}

/** What is needed to hand the journal on: no secret but those of sinks is. @throws PolicyError, ParseError on a secret that is not there */
export function parseForwardSettings(text: string, file: string, environment: Environment): Pick<FileSettings, "store" | "sinks"> {
  const { read, located } = readDocument(text, file);
  return {
    ...placed(read),
    sinks: sinksOf(read.sinks, (path, value) => (value === undefined ? undefined : readSecret(value, environment, located.place(path)))),
  };
}

function sinksOf(
  sinks: readonly z.output<typeof SINK>[],
  secretAt: (path: readonly PropertyKey[], value: string | undefined) => Secret | undefined,
): readonly SinkEntry[] {
  return sinks.map(({ name, kind, url, secret: reference, plainHttp }, index) => {
    const secret = secretAt(["sinks", index, "secret"], reference);
    return { name, kind, plainHttp, ...(url === undefined ? {} : { url }), secrets: secret === undefined ? [] : [secret] };
  });
}

export interface AdmissionSettings extends Pick<FileSettings, "store"> {
  /** Of the registries that are watched. */
  readonly hosts: ReadonlySet<RegistryHost>;
  /** Absent: no cluster may ask. */
  readonly terms?: AdmissionTerms;
}

/** What is needed to answer a cluster: no secret is. @throws PolicyError */
export function parseAdmissionSettings(text: string, file: string): AdmissionSettings {
  const { read } = readDocument(text, file);
  const { registries, admission } = read;
  const hosts = new Set(registries.map((entry) => parseRegistryHost(entry.host)));
  return { ...placed(read), hosts, ...(admission === undefined ? {} : { terms: admission }) };
}

function feedSettings({ keepFor, ...feeds }: z.output<typeof FEEDS>): FeedSettings {
  const set = FEED_NAMES.flatMap((name) => {
    const feed = feeds[name];
    return feed === undefined ? [] : [[name, { location: locationOf(feed), every: feed.every }] as const];
  });
  return { ...Object.fromEntries(set), keepFor };
}

function locationOf({ url, file = "", internal }: z.output<typeof FEED>): FeedLocation {
  return url === undefined ? { kind: "file", path: file } : { kind: "url", url: new URL(url), isInternal: internal };
}
