import { parseRepository, parseTag, type Repository, type Tag } from "../../../shared/domain/image-ref.ts";
import type { Platform } from "../../../shared/domain/manifest.ts";
import { type Built, buildImage, buildIndex, type Content } from "./image.ts";
import { attachReport, LOG4SHELL, type SampleFinding } from "./report.ts";
import { type SigningKey, signImage } from "./sign.ts";

/** One image to try the gate with. */
export interface Sample {
  readonly repository: Repository;
  readonly tag: Tag;
  /** What it shows, in a few words. */
  readonly shows: string;
  /** Platforms, reports and signatures, in the order to push; pushed before the image, so that its first verdict has all facts. */
  readonly before: readonly Built[];
  readonly image: Content;
  readonly imageBlobs: readonly Content[];
}

interface Setting {
  readonly key: SigningKey;
  /** RFC 3339; reports are dated so. */
  readonly scannedAt: string;
}

const AMD64: Platform = { os: "linux", architecture: "amd64" };
const ARM64: Platform = { os: "linux", architecture: "arm64" };
const CREATED = "2026-01-01T00:00:00Z";
const TAG = parseTag("1.0");

/** The images are the same on every machine; reports and signatures carry the time and the key of this one. */
export function planSamples(setting: Setting): readonly Sample[] {
  return [
    single(setting, "clean", "scanned: nothing found", []),
    single(setting, "vulnerable", "its report names a critical CVE", [LOG4SHELL]),
    single(setting, "unscanned", "nobody ever scanned it", "never"),
    mixed(setting),
  ];
}

function single(setting: Setting, name: string, shows: string, findings: readonly SampleFinding[] | "never"): Sample {
  const built = platformImage(name, AMD64, shows);
  const reports = findings === "never" ? [] : [report(setting, name, built, findings)];
  const before = [...reports, signImage(setting.key, built.manifest, setting.scannedAt)];
  return { repository: repositoryOf(name), tag: TAG, shows, before, image: built.manifest, imageBlobs: built.blobs };
}

function mixed(setting: Setting): Sample {
  const shows = "one of two platforms has the CVE";
  const children = [
    { platform: AMD64, image: platformImage("mixed", AMD64, shows), findings: [] },
    { platform: ARM64, image: platformImage("mixed", ARM64, shows), findings: [LOG4SHELL] },
  ];
  const image = buildIndex(children);
  const signed = [image, ...children.map((child) => child.image.manifest)].map((manifest) =>
    signImage(setting.key, manifest, setting.scannedAt),
  );
  const before = [
    ...children.map((child) => report(setting, "mixed", child.image, child.findings)),
    ...signed,
    ...children.map((child) => child.image),
  ];
  return { repository: repositoryOf("mixed"), tag: TAG, shows, before, image, imageBlobs: [] };
}

function platformImage(name: string, platform: Platform, shows: string): Built {
  return buildImage({
    platform,
    created: CREATED,
    files: [{ path: "README.txt", content: `Sample image of Moorgate for ${platform.os}/${platform.architecture}: ${shows}.\n` }],
    labels: { "org.opencontainers.image.title": `samples/${name}`, "org.opencontainers.image.description": shows },
  });
}

function report(setting: Setting, name: string, image: Built, findings: readonly SampleFinding[]): Built {
  return attachReport({ image: `samples/${name}:${TAG}`, subject: image.manifest, findings, scannedAt: setting.scannedAt });
}

function repositoryOf(name: string): Repository {
  return parseRepository(`samples/${name}`);
}
