import * as z from "zod";
import { loose, many, text, word } from "../../runtime/lenient.ts";
import { readEcrArn } from "./place.ts";

export const IMAGE_ID = z.object({ imageDigest: text, imageTag: text });
const NAMED = z.object({ registryId: text, repositoryName: text, imageId: loose(IMAGE_ID) });
type Named = z.output<typeof NAMED>;

// CloudTrail user guide, "CloudTrail record contents": what is too long is left out, `requestParameters` and `responseElements` each for itself.
const RECORD = z.object({
  awsRegion: word,
  recipientAccountId: word,
  requestParameters: loose(NAMED),
  responseElements: loose(NAMED.extend({ image: loose(NAMED), repository: loose(NAMED) })),
  serviceEventDetails: loose(NAMED),
  resources: many(z.object({ ARN: word })),
});

/** What a record of CloudTrail is about; empty where it does not say. */
export interface Subject {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  /** Of the one image that it is about, as the answer has it, which names by digest what was asked for by tag. */
  readonly digest: string;
  readonly tag: string;
}

/**
 * @param account whose trail it is, where something around the record says so
 * @returns `undefined` for a call into another account's registry: it stands in the trails of both, and the registry's own is believed
 */
export function subjectOf(detail: unknown, account: string): Subject | undefined {
  const record = RECORD.parse(detail ?? {});
  const { requestParameters: asked, responseElements: answered, serviceEventDetails: did } = record;
  const answers = [answered?.image, answered?.repository, answered];
  const named = [asked, ...answers, did, onlyResource(record)];
  const trail = account || record.recipientAccountId;
  const registry = first(named, (each) => each.registryId);
  if (trail !== "" && registry !== "" && registry !== trail) return undefined;
  return {
    account: trail || registry,
    region: record.awsRegion,
    repository: first(named, (each) => each.repositoryName),
    digest: first([...answers, asked], ({ imageId }) => imageId?.imageDigest),
    tag: first([...answers, asked], ({ imageId }) => imageId?.imageTag),
  };
}

/** The repository beside the call, where there is but one. */
function onlyResource({ resources }: z.output<typeof RECORD>): Named | undefined {
  const [arn, ...more] = new Set(resources.map(({ ARN }) => ARN));
  const place = readEcrArn(arn ?? "");
  return place === undefined || more.length > 0 ? undefined : { registryId: place.account, repositoryName: place.repository };
}

function first(named: readonly (Named | null | undefined)[], member: (each: Named) => string | null | undefined): string {
  return named.map((each) => (each ? member(each) : "")).find((value) => value) ?? "";
}
