import * as z from "zod";
import { quote } from "../../domain/parse-error.ts";
import { many, word } from "../../runtime/lenient.ts";
import { type Envelope, skip, type Told } from "./event-envelope.ts";
import { fromArn } from "./events-inspector.ts";

const DETAIL = z.object({ findings: many(z.object({ Resources: many(z.object({ Type: word, Id: word })) })) });

/** Security Hub passes on what scanners found: for images of ECR that something is known which was not. */
export function readHub({ "detail-type": type, detail }: Envelope): Told {
  if (!type.startsWith("Security Hub Findings - ")) return skip(`${quote(type)} is no event that is read here`);
  const found = DETAIL.parse(detail ?? {}).findings.flatMap(({ Resources }) => Resources.flatMap(({ Id }) => fromArn(Id, [])));
  return found.length === 0 ? skip("findings on no container image") : { hints: found, skipped: [] };
}
