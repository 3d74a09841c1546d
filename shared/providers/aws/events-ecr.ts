import * as z from "zod";
import { quote } from "../../domain/parse-error.ts";
import { many, word } from "../../runtime/lenient.ts";
import { type Envelope, type Hint, hints, skip, type Told } from "./event-envelope.ts";

// ECR user guide, "Sample events from Amazon ECR"; the vendor's schemas of the events. Counts of findings are not read: they leave out what
// was suppressed, what is low, and all that a later scan finds.
const DETAIL = z.object({
  "action-type": word,
  result: word,
  "sync-status": word,
  "repository-name": word,
  "image-digest": word,
  "image-tag": word,
  "image-tags": many(z.string()),
  "manifest-media-type": word,
  "target-storage-class": word,
  "failure-code": word,
});
type Detail = z.output<typeof DETAIL>;

/** What ECR itself tells. Who did it, it never says. */
export function readEcr({ "detail-type": type, account, region, detail }: Envelope): Told {
  const read = DETAIL.parse(detail ?? {});
  const hint = (kind: Hint["kind"], tags: readonly string[] = [read["image-tag"]]): Hint => ({
    kind,
    account,
    region,
    repository: read["repository-name"],
    digest: read["image-digest"],
    tags,
    mediaType: read["manifest-media-type"],
  });
  switch (type) {
    case "ECR Image Action":
    case "ECR Referrer Action":
      return readAction(read, hint);
    case "ECR Image Scan":
      return hints(hint("scanned", read["image-tags"]));
    case "ECR Replication Action":
      return succeeded(read.result) ? hints(hint("pushed")) : skip(`a replication that ended as ${quote(read.result)}`);
    case "ECR Pull Through Cache Action":
      return readCached(read, hint);
    case "ECR Scan Resource Change":
      return skip(`${quote(read["action-type"])} of the scanner is no change of an image`);
    default:
      return skip(`${quote(type)} is no event that is read here`);
  }
}

type MakeHint = (kind: Hint["kind"]) => Hint;

/**
 * What is archived cannot be pulled, and what is restored can: to whoever pulls that is a deletion and a push. A push of what is archived
 * restores it and is told as a push alone.
 */
function readAction({ "action-type": action, result, "target-storage-class": storage }: Detail, hint: MakeHint): Told {
  if (!succeeded(result)) return skip(`${quote(action)} that ended as ${quote(result)}`);
  switch (action) {
    case "PUSH":
      return hints(hint("pushed"));
    case "DELETE":
      return hints(hint("deleted"));
    case "UPDATE_STORAGE_CLASS":
      return readMoved(storage, hint);
    default:
      return skip(`${quote(action)} changes nothing`);
  }
}

/** A storage class that nobody knows: whether the image can be pulled, the registry is asked. */
function readMoved(storage: string, hint: MakeHint): Told {
  return hints(hint(storage === "ARCHIVE" ? "deleted" : "pushed"));
}

function readCached({ "sync-status": status, "failure-code": code }: Detail, hint: MakeHint): Told {
  if (succeeded(status)) return hints(hint("pushed"));
  return skip(`an image was not taken from upstream: ${quote(code === "" ? status : code)}`);
}

function succeeded(result: string): boolean {
  return result === "SUCCESS";
}
