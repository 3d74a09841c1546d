import { exportedAttestations } from "../../shared/compose/attestation-files.ts";
import { judging } from "../../shared/compose/judging.ts";
import type { Vendors } from "../../shared/compose/vendors.ts";
import type { ImageRecord } from "../../shared/domain/image-record.ts";
import { isRegistryHost } from "../../shared/domain/image-ref.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../shared/domain/threat.ts";
import { type Instant, instant } from "../../shared/domain/time.ts";
import type { ActivePolicy } from "../../shared/pipeline/deps.ts";
import type { ImagePlace } from "../../shared/pipeline/gather.ts";
import { type Judged, judge } from "../../shared/pipeline/judge.ts";
import type { PolicyRule } from "../../shared/policy/document.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { openLog } from "../../shared/runtime/log.ts";
import { openReportShelf, type ReportShelf } from "./check-reports.ts";
import type { OpenedImage } from "./check-source.ts";
import { usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";

/** The judging half of the gate, put together for one image. Nobody is told, nothing is changed. */
export interface JudgeOnce {
  readonly deps: Awaited<ReturnType<typeof judging>>;
  readonly place: ImagePlace;
  readonly reports: ReportShelf;
  judge(now: Instant): Promise<Judged>;
}

/** What the command line gives beside the image and the policy. */
export interface Brought {
  /** Attestations of Binary Authorization. */
  readonly attestationFiles?: readonly string[];
  /** Hosts of the own network that may be asked about revocation. */
  readonly internalHosts?: readonly string[];
  readonly threats?: ThreatFacts;
  /** What the registry's product knows of the image; absent: it is not asked. */
  readonly vendors?: Vendors;
}

/** What its flags bring to judging an image. @throws CliError (usage) on a host that is none */
export function broughtBy(flags: Flags): Brought {
  const internalHosts = flags.list("internalHost");
  const wrong = internalHosts.find((host) => !isRegistryHost(host));
  if (wrong !== undefined)
    throw usageError("Could not read the command line", `--internal-host ${JSON.stringify(wrong)} is no host`, "write host or host:port");
  return { attestationFiles: flags.list("attestations"), internalHosts };
}

export async function openJudging(
  { source, key, tags, manifest, lies }: OpenedImage,
  active: ActivePolicy,
  { attestationFiles = [], internalHosts = [], threats = NO_THREAT_FACTS, vendors }: Brought = {},
): Promise<JudgeOnce> {
  const reports = openReportShelf();
  const asked = { ...active, policy: { ...active.policy, rules: active.policy.rules.map(askedOfAll) } };
  const deps = await judging({
    source: () => source,
    reports,
    ...(vendors === undefined ? {} : { vendors: askedWhereItLies(vendors, lies) }),
    policy: { current: () => asked },
    threats: () => threats,
    revocation: { clock: systemClock, internalHosts },
    log: openLog({ level: "silent", clock: systemClock }),
    ...(attestationFiles.length === 0 ? {} : { occurrences: exportedAttestations(attestationFiles) }),
  });
  const place = { source, key, repositories: [key.repository] };
  const input = { place, manifest, record: knownForEver(key), tags, work: { origin: "operator" } } as const;
  return { deps, place, reports, judge: (now) => judge(deps, { mode: active.policy.mode }, { ...input, now }) };
}

/** Whatever name the image is judged under, its registry knows it by its own. */
function askedWhereItLies({ scanners, signing, ...rest }: Vendors, lies: OpenedImage["lies"]): Vendors {
  return {
    ...rest,
    scanners: scanners.map(({ id, facts }) => ({
      id,
      facts: (request, signal) => facts({ ...request, image: { ...request.image, ...lies } }, signal),
    })),
    ...(signing === undefined ? {} : { signing: { state: (image, signal) => signing.state({ ...image, ...lies }, signal) } }),
  };
}

/** Nobody has seen the image before, so it is new: a rule for new images alone asks it. */
function askedOfAll(rule: PolicyRule): PolicyRule {
  return rule.rule === "signature-required" ? { ...rule, from: undefined } : rule;
}

/** Nobody waits for a signature here: an image that is checked is as complete as it will be, and no grace of the policy is left. */
function knownForEver(key: ImageRecord["key"]): ImageRecord {
  return {
    key,
    version: 0,
    kind: "image",
    tags: [],
    children: [],
    platforms: [],
    firstSeenAt: instant(0),
    origin: "operator",
    presence: "present",
    evidence: { findings: { kind: "absent", counts: {} }, signatures: { kind: "examined", verified: [], found: 0 } },
    hold: { kind: "free" },
    generation: 0,
  };
}
