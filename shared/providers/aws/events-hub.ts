import * as z from "zod";
import { quote } from "../../domain/parse-error.ts";
import { loose, many, word } from "../../runtime/lenient.ts";
import { type Envelope, type Hint, skip, type Told } from "./event-envelope.ts";
import { fromArn, fromNames } from "./events-inspector.ts";

// Security Hub user guide, "AwsEcrContainerImage".
const IMAGE = z.object({ RegistryId: word, RepositoryName: word, ImageDigest: word, ImageTags: many(z.string()) });
const RESOURCE = z.object({ Id: word, Region: word, Details: loose(z.object({ AwsEcrContainerImage: loose(IMAGE) })) });
// Each product's findings have the names of its format: AWS Security Finding Format, and since 2025 OCSF, whose resources have their ARN as `uid`.
const FINDING = z.object({ Resources: many(RESOURCE), resources: many(z.object({ uid: word })) });
const DETAIL = z.object({ findings: many(FINDING) });

/** Security Hub passes on what scanners found: for images of ECR that something is known which was not. */
export function readHub({ "detail-type": type, region, detail }: Envelope): Told {
  if (!type.startsWith("Security Hub Findings - ") && type !== "Findings Imported V2")
    return skip(`${quote(type)} is no event that is read here`);
  const { findings } = DETAIL.parse(detail ?? {});
  const found = findings.flatMap(({ Resources, resources }) => [
    ...Resources.flatMap((resource) => fromResource(resource, region)),
    ...resources.flatMap(({ uid }) => fromArn(uid, [])),
  ]);
  return found.length === 0 ? skip("findings on no container image") : { hints: found, skipped: [] };
}

/** Each scanner writes an `Id` of its own, which need be no ARN. */
function fromResource({ Id, Region, Details }: z.output<typeof RESOURCE>, sentFrom: string): readonly Hint[] {
  const own = fromArn(Id, []);
  const image = Details?.AwsEcrContainerImage;
  if (own.length > 0 || !image) return own;
  return fromNames(image.RegistryId, [Region, sentFrom], image.RepositoryName, image.ImageDigest, image.ImageTags);
}
