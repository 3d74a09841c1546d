import * as z from "zod";
import { quote } from "../../domain/parse-error.ts";
import { many, word } from "../../runtime/lenient.ts";
import { type Envelope, type Hint, skip, type Told } from "./event-envelope.ts";
import { isAccount, isRegion, readEcrArn } from "./place.ts";

const ECR_IMAGE = z.object({ registry: word, repositoryName: word, imageHash: word, imageTags: many(z.string()) });
const IMAGE = z.object({ registry: word, repositoryName: word, imageDigest: word, imageTags: many(z.string()) });

// Amazon Inspector user guide, "EventBridge schema"; `details.image` since images of other clouds are scanned too. The ECR user guide of 2021 has the
// image of a finding in the detail itself, and both kinds of event without the 2, as the list of EventBridge has them still.
const DETAIL = z.object({
  ...ECR_IMAGE.shape,
  "repository-name": word,
  "image-digest": word,
  "image-tags": many(z.string()),
  resources: many(
    z.object({
      id: word,
      region: word,
      details: z
        .object({ image: IMAGE.optional().catch(undefined), awsEcrContainerImage: ECR_IMAGE.optional().catch(undefined) })
        .catch({}),
    }),
  ),
});
type Detail = z.output<typeof DETAIL>;

/**
 * Something is known of an image that was not: that is all that is believed of it. A finding comes alone, one event each, and the count of a
 * scan leaves some out; what was found is asked for.
 */
export function readInspector({ "detail-type": type, region, resources, detail }: Envelope): Told {
  const read = DETAIL.parse(detail ?? {});
  const beside = resources.flatMap((arn) => fromArn(arn, []));
  switch (type) {
    case "Inspector Scan":
    case "Inspector2 Scan":
      return scanned(fromScan(read, resources), "a scan of no container image");
    case "Inspector Finding":
    case "Inspector2 Finding": {
      const named = read.resources.flatMap((resource) => fromResource(resource, region));
      const found = [named, beside, fromImage(read, [region])].find((each) => each.length > 0);
      return scanned(found ?? [], "a finding on no container image");
    }
    case "Inspector2 Coverage":
      return scanned(beside, "coverage of no container image");
    default:
      return skip(`${quote(type)} is no event that is read here`);
  }
}

function scanned(found: readonly Hint[], otherwise: string): Told {
  return found.length === 0 ? skip(otherwise) : { hints: found, skipped: [] };
}

/** Its `repository-name` is an ARN, or the name in the ARN beside the detail. */
function fromScan(
  { "repository-name": name, "image-digest": digest, "image-tags": tags }: Detail,
  resources: readonly string[],
): readonly Hint[] {
  const place = readEcrArn(name) ?? resources.map(readEcrArn).find((each) => each?.repository === name);
  if (place === undefined) return [];
  const { account, region, repository } = place;
  return [{ kind: "scanned", account, region, repository, digest, tags }];
}

/** The ARN says where it is: the event may have been sent by the account that administers Inspector for others. */
function fromResource(
  { id, region, details: { image, awsEcrContainerImage: ecr } }: Detail["resources"][number],
  sentFrom: string,
): readonly Hint[] {
  const own = fromArn(id, ecr?.imageTags ?? image?.imageTags ?? []);
  if (own.length > 0) return own;
  const regions = [region, sentFrom];
  if (ecr !== undefined) return fromImage(ecr, regions);
  if (image === undefined || image.registry === "") return [];
  const { registry: host, repositoryName: repository, imageDigest: digest, imageTags: tags } = image;
  if (isAccount(host)) return fromNames(host, regions, repository, digest, tags);
  return [{ kind: "scanned", account: "", region: "", host, repository, digest, tags }];
}

function fromImage({ registry, repositoryName, imageHash, imageTags }: z.output<typeof ECR_IMAGE>, regions: readonly string[]) {
  return fromNames(registry, regions, repositoryName, imageHash, imageTags);
}

export function fromArn(arn: string, tags: readonly string[]): readonly Hint[] {
  const place = readEcrArn(arn);
  return place?.digest === undefined ? [] : [{ kind: "scanned", ...place, tags }];
}

/**
 * Where there is no ARN.
 * @param account the registry's id
 * @param regions the first that is one counts: it may be said to be not available
 */
export function fromNames(
  account: string,
  regions: readonly string[],
  repository: string,
  digest: string,
  tags: readonly string[],
): readonly Hint[] {
  const region = regions.find(isRegion) ?? "";
  return account === "" || repository === "" || digest === "" ? [] : [{ kind: "scanned", account, region, repository, digest, tags }];
}
