import { createHash } from "node:crypto";
import type { AuditEvent } from "../domain/audit-event.ts";
import { hexOf } from "../domain/digest.ts";
import { type ImageKey, printImageKey, type RegistryHost, type Repository, type Tag } from "../domain/image-ref.ts";
import type { Fields } from "./ocsf-event.ts";
import { ACCOUNT_TYPE, labelled, OBSERVABLE_TYPE, RESOURCE_ROLE } from "./ocsf-tables.ts";

export type ImageEvent = Extract<AuditEvent, { readonly image: ImageKey }>;

/** Some SIEMs cut a column at 64 KB; nobody reads more tags. */
export const MAX_TAGS = 100;

/** The image, named the same way in every event: this is where a SIEM looks for it. */
export function resourceFields({ image, tags }: ImageEvent): Fields {
  const uid = printImageKey(image);
  const { registry, repository, digest } = image;
  return {
    resources: [
      {
        uid,
        uid_alt: purlOf(image),
        name: printImage(image, tags),
        type: "container_image",
        ...labelled("role", RESOURCE_ROLE, 1),
        ...(tags[0] === undefined ? {} : { version: tags[0] }),
        data: { registry, repository, digest, tags: tags.slice(0, MAX_TAGS) },
      },
    ],
    observables: [{ name: "resources[].uid", ...labelled("type", OBSERVABLE_TYPE, 10), value: uid }],
  };
}

/** For people: by its first tag, else by its short digest. */
export function printImage({ registry, repository, digest }: ImageKey, tags: readonly Tag[]): string {
  return `${registry}/${repository}${tags[0] === undefined ? `@${digest.slice(0, digest.indexOf(":") + 13)}` : `:${tags[0]}`}`;
}

/** purl-spec, type `oci`: the name is the last path part, the place a qualifier. */
function purlOf({ registry, repository, digest }: ImageKey): string {
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  return `pkg:oci/${name}@${encodeURIComponent(digest)}?repository_url=${registry}/${repository}`;
}

/**
 * Which image a finding is about, short. The digest alone would join the findings of one image in two repositories, and closing one would close the
 * other; hence the eight digits of the place.
 */
export function findingPlace({ registry, repository, digest }: ImageKey): string {
  const place = createHash("sha256").update(`${registry}/${repository}`).digest("hex").slice(0, 8);
  return `${hexOf(digest).slice(0, 16)}:${place}`;
}

interface CloudHost {
  readonly host: RegExp;
  cloud(parts: readonly string[], repository: Repository | ""): Fields;
}

// The vendors' own forms of registry hosts name account, region and project; nothing is guessed for other hosts.
const CLOUD_HOSTS: readonly CloudHost[] = [
  {
    host: /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/,
    cloud: ([account = "", region = ""]) => ({ provider: "AWS", region, account: { uid: account, ...labelled("type", ACCOUNT_TYPE, 10) } }),
  },
  { host: /^[a-z0-9-]+\.azurecr\.(?:io|cn|us)$/, cloud: () => ({ provider: "Azure" }) },
  {
    host: /^([a-z0-9-]+)-docker\.pkg\.dev$/,
    cloud: ([region = ""], repository) => ({
      provider: "GCP",
      region,
      account: { uid: repository.split("/")[0] ?? "", ...labelled("type", ACCOUNT_TYPE, 11) },
    }),
  },
];

/** Content of the `cloud` profile; no repository where it is about the registry as a whole; `undefined` where the host does not say whose it is. */
export function cloudOf({
  registry,
  repository,
}: {
  readonly registry: RegistryHost;
  readonly repository: Repository | "";
}): Fields | undefined {
  for (const { host, cloud } of CLOUD_HOSTS) {
    const match = host.exec(registry);
    if (match !== null) return cloud(match.slice(1), repository);
  }
  return undefined;
}
