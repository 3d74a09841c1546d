import { buildImage } from "../../functions/local/samples/image.ts";
import { OCI_MANIFEST } from "../../shared/domain/manifest.ts";
import type { EcrRegistry } from "../fakes/aws/ecr-registry.ts";
import type { StoredImage } from "../fakes/aws/state/image.ts";
import type { ScanOutcome, Vulnerability } from "../fakes/aws/state/scan.ts";

/** What the scanner finds in it: what the policy refuses, what it bears, or nothing at all. */
export type Kind = "violating" | "compliant" | "clean";

export interface Planned {
  readonly repository: string;
  readonly tag: string;
  readonly kind: Kind;
  readonly manifest: object;
}

/** What complied, and in which something is found later, is held at once: nobody here says what runs, and not to know counts as if something did. */
export const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata:
  name: end-to-end
mode: enforce
enforcement: { inUse: { deadline: 0s, afterwards: hold } }
rules:
  - id: no-critical
    rule: severity-threshold
    atLeast: critical
    level: enforce
`;

const KIND = "test.kind";
const BASE = buildImage({ platform: { os: "linux", architecture: "amd64" }, files: [], labels: {}, created: "2026-11-01T00:00:00Z" });

/** All images have the same contents, and a manifest of their own. */
export function planImage(number: number, repositories: number, kind: Kind): Planned {
  const describe = ({ mediaType, digest, bytes }: (typeof BASE.blobs)[number]) => ({ mediaType, digest, size: bytes.length });
  const [config, ...layers] = BASE.blobs.map(describe);
  return {
    repository: `team/app-${number % repositories}`,
    tag: `build-${number}`,
    kind,
    manifest: {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config,
      layers,
      annotations: { [KIND]: kind, "org.opencontainers.image.revision": String(number) },
    },
  };
}

/** Repositories with the contents that all images share. */
export async function prepareRepositories(registry: EcrRegistry, repositories: number): Promise<void> {
  for (let number = 0; number < repositories; number++) {
    for (const { digest, bytes } of BASE.blobs) {
      const { status } = await registry.send("POST", `/v2/team/app-${number}/blobs/uploads/?digest=${digest}`, { body: bytes });
      if (status !== 201) throw new Error(`a blob was answered with ${status}`);
    }
  }
}

export function scanned({ annotations }: StoredImage): ScanOutcome {
  const kind = annotations?.[KIND];
  return { kind: "found", vulnerabilities: kind === "clean" ? [] : [kind === "violating" ? CRITICAL : LOW] };
}

const PACKAGE = { name: "openssl", version: "3.0.1", fixedIn: "3.0.2", manager: "OS" };
export const CRITICAL: Vulnerability = { id: "CVE-2026-0001", severity: "CRITICAL", package: PACKAGE, score: 9.8 };
const LOW: Vulnerability = { id: "CVE-2026-0002", severity: "LOW", package: PACKAGE, score: 2.1 };
