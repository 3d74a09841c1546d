import * as z from "zod";
import type { UsageReader } from "../../ports/usage-reader.ts";
import { isObject, loose, word } from "../../runtime/lenient.ts";
import { OWNER_TAG, readAll, workload } from "../answer.ts";
import { joinNames } from "../image-name.ts";
import { asList } from "../list.ts";

const COMMAND = "aws lambda get-function";

// AWS Lambda API: GetFunctionResponse. `ImageUri` is what was asked for, `ResolvedImageUri` what it was then.
const FUNCTION = z.object({
  Configuration: z.object({ FunctionName: z.string().min(1), FunctionArn: word, PackageType: word }),
  Code: z.object({ ImageUri: word, ResolvedImageUri: word }),
  Tags: loose(z.record(z.string(), z.string())),
});

/** Functions that are images; one answer for each function and version, alone or in a list. */
export const lambda: UsageReader = {
  id: "lambda",
  command: COMMAND,
  keeps: ["Configuration", "FunctionName", "FunctionArn", "PackageType", "Code", "ImageUri", "ResolvedImageUri", "Tags", OWNER_TAG],
  recognises: (document) => asList(document).some((each) => isObject(each) && isObject(each["Configuration"]) && isObject(each["Code"])),
  read: (documents) =>
    readAll(FUNCTION, documents.flatMap(asList), "an answer of AWS Lambda", COMMAND, (functions) => ({
      kind: "read",
      seen: functions
        .filter(({ Configuration }) => Configuration.PackageType === "Image")
        .map(({ Configuration: { FunctionName, FunctionArn }, Code: { ImageUri, ResolvedImageUri }, Tags }) => ({
          workload: workload(`${regionOf(FunctionArn)}Function/${versioned(FunctionName, FunctionArn)}`, Tags?.[OWNER_TAG]),
          ...joinNames([ImageUri, ResolvedImageUri]),
        })),
      notes: [],
    })),
};

// arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]
function regionOf(arn: string): string {
  const region = arn.split(":")[3] ?? "";
  return region === "" ? "" : `${region}/`;
}

function versioned(name: string, arn: string): string {
  const version = arn.split(":")[7];
  return version === undefined ? name : `${name}:${version}`;
}
