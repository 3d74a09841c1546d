/** CEL's types as far as evidence has them. Whole numbers are `int`, all others `double`; JSON of others is `dyn`, its numbers are doubles. */
export type CelType = "bool" | "int" | "double" | "string" | "dyn" | "list<string>" | "map<string, string>";

interface Field {
  readonly type: CelType;
  readonly doc: string;
}

const bool = (doc: string) => ({ type: "bool", doc }) as const;
const int = (doc: string) => ({ type: "int", doc }) as const;
const double = (doc: string) => ({ type: "double", doc }) as const;
const string = (doc: string) => ({ type: "string", doc }) as const;
const strings = (doc: string) => ({ type: "list<string>", doc }) as const;
const texts = (doc: string) => ({ type: "map<string, string>", doc }) as const;

/**
 * Every field is always there: where a fact is missing it has the empty value of its type, and `has...` says so. A field whose name ends in
 * `Days` counts whole days up to now.
 */
export const TYPES = {
  Image: {
    registry: string("Host."),
    repository: string("Path in the registry."),
    tags: strings("All tags of the digest, under which it is judged."),
    digest: string("Of the image; of the child where an index is judged."),
    os: string("Empty where it is not known."),
    architecture: string("Empty where it is not known."),
    variant: string("Of the architecture; empty where there is none."),
    annotations: texts("Of the manifest, as the build wrote them."),
    seenDays: int("Since it was first seen here."),
    hasPushedBy: bool("Whether it is known who pushed it."),
    pushedBy: string("Who pushed it."),
  },
  Scan: {
    state: string("reported, absent, pending, failed, unsupported, stale or unavailable."),
    scanners: strings("Who reported."),
    origins: strings("How the reports came: attached, posted, registry."),
    hasScannedDays: bool("Whether any report is dated."),
    scannedDays: int("Since the newest report."),
  },
  Finding: {
    id: string("CVE, else GHSA, else the scanner's own id."),
    aliases: strings("Its other ids."),
    title: string("Empty where nobody gives one."),
    severity: string("negligible, low, medium, high, critical or unknown, as the policy says whose counts."),
    rank: int("0 negligible to 4 critical; an unknown severity as findings.unknownSeverityAs says, -1 for ignore."),
    hasScore: bool("Whether anybody gives a CVSS score."),
    score: double("The highest CVSS base score."),
    vectors: strings("CVSS vectors, such as CVSS:3.1/AV:N/AC:L/..."),
    package: string("Its name."),
    versions: strings("Installed versions."),
    types: strings("Scanners' words for the kind of package."),
    purls: strings("Package URLs."),
    paths: strings("Where it lies."),
    hasFix: bool("Whether a fix is published."),
    fixState: string("fixed, not-fixed, wont-fix, deferred, end-of-life or unknown."),
    fixVersions: strings("Versions with the fix."),
    hasPublishedDays: bool("Whether it is known when it was published."),
    publishedDays: int("Since it was published."),
    hasFixDays: bool("Whether it is known since when there is a fix."),
    fixDays: int("Since there is a fix."),
    seenDays: int("Since it was seen in this image, else since the image was first seen here."),
    isKnownExploited: bool("Listed by CISA KEV, or known to a report. Needs the KEV feed."),
    hasProbability: bool("Whether there is an exploit prediction. Needs the EPSS feed."),
    probability: double("Of being exploited within 30 days, 0 to 1. Needs the EPSS feed."),
    percentile: double("Of that probability, 0 to 1. Needs the EPSS feed."),
  },
  Package: {
    name: string("Its name."),
    version: string("As written."),
    type: string("The tool's word for its kind."),
    purl: string("Empty where there is none."),
    path: string("Empty where it is not known."),
    licences: strings("As written; empty where nobody tells."),
  },
  Content: {
    rule: string("The scanner's id."),
    title: string("In words."),
    severity: string("negligible, low, medium, high, critical or unknown."),
    path: string("Empty where it is not known."),
    package: string("Its name; empty where it is about none."),
  },
  Config: {
    user: string("Empty where none is set."),
    isRoot: bool("Whether it starts as root: no user, root, or user id 0."),
    envNames: strings("Names of environment variables. Values are not shown."),
    ports: strings("Exposed ports, such as 8080/tcp."),
    labels: texts("Labels."),
    entrypoint: strings("Entry point."),
    cmd: strings("Command."),
    volumes: strings("Declared volumes."),
    workingDir: string("Working directory."),
    hasHealthcheck: bool("Whether a health check is set."),
    layers: strings("Diff ids, lowest first."),
    hasBuiltDays: bool("Whether it tells when it was built."),
    builtDays: int("Since it was built, as it tells itself."),
  },
  Signature: {
    format: string("cosign, notation or binauthz."),
    code: string("ok, signature-invalid, untrusted-root ..."),
    identity: string("Trusted key or identity that it verified under; empty unless code is ok."),
    hasSignedDays: bool("Whether anybody tells when it was made; never unless code is ok."),
    signedDays: int("Since it was made, at the least."),
    signedAtBy: string("Who says so: log, timestamp-authority, signing-authority, or only the signer; empty where nobody does."),
    annotations: texts("Names and values that were signed along."),
  },
  Statement: {
    predicateType: string("Such as https://slsa.dev/provenance/v1."),
    predicate: {
      type: "dyn",
      doc: "The statement's own JSON. All its numbers are doubles; a member that is not there is an error, so ask has() first.",
    },
    isVerified: bool("Whether somebody whom the policy trusts has signed it."),
    verifiedBy: string("Their name; of several, the one that the policy names first."),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Field>>>>;

export type TypeName = keyof typeof TYPES;

interface Values {
  readonly bool: boolean;
  readonly int: bigint;
  readonly double: number;
  readonly string: string;
  readonly dyn: unknown;
  readonly "list<string>": readonly string[];
  readonly "map<string, string>": Readonly<Record<string, string>>;
}

type TypeOf<F> = F extends { readonly type: infer T extends CelType } ? Values[T] : never;

/** The fields of a type as they are fed. */
export type RecordOf<Name extends TypeName> = { readonly [Key in keyof (typeof TYPES)[Name]]: TypeOf<(typeof TYPES)[Name][Key]> };

interface Variable {
  readonly type: TypeName;
  readonly isList: boolean;
  readonly doc: string;
}

/** What an expression on an image may name. */
export const IMAGE_VARIABLES = {
  image: { type: "Image", isList: false, doc: "The image and what it is called." },
  scan: { type: "Scan", isList: false, doc: "Whether and when it was scanned. Also there without a report." },
  findings: { type: "Finding", isList: true, doc: "Vulnerabilities that count. Unknown without a report." },
  packages: { type: "Package", isList: true, doc: "What its SBOMs list. Unknown without one." },
  secrets: { type: "Content", isList: true, doc: "Secrets. Unknown unless a report looked for them." },
  misconfigurations: { type: "Content", isList: true, doc: "Misconfigurations. Unknown unless a report looked for them." },
  licences: { type: "Content", isList: true, doc: "Licences that a scanner reported. Unknown unless a report looked for them." },
  malware: { type: "Content", isList: true, doc: "Malware. Unknown unless a report looked for it." },
  config: { type: "Config", isList: false, doc: "Its configuration. Unknown where it could not be read." },
  signatures: { type: "Signature", isList: true, doc: "Signatures. Unknown where they could not be examined." },
  statements: { type: "Statement", isList: true, doc: "In-toto statements. Unknown where they could not be read." },
} as const satisfies Readonly<Record<string, Variable>>;

/** What an expression on one statement may name. */
export const STATEMENT_VARIABLES = {
  statement: { type: "Statement", isList: false, doc: "The statement that is judged." },
  image: IMAGE_VARIABLES.image,
} as const satisfies Readonly<Record<string, Variable>>;

export const VARIABLES = { image: IMAGE_VARIABLES, statement: STATEMENT_VARIABLES } as const;

export type Subject = keyof typeof VARIABLES;

type ValueOf<V extends Variable> = V extends { readonly isList: true } ? readonly RecordOf<V["type"]>[] : RecordOf<V["type"]>;

/** Variables with their values. Those that an expression does not name need not be there. */
export type ValuesOf<S extends Subject> = {
  readonly [Name in keyof (typeof VARIABLES)[S]]?: (typeof VARIABLES)[S][Name] extends infer V extends Variable ? ValueOf<V> : never;
};
