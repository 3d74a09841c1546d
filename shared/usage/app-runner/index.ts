import * as z from "zod";
import type { UsageReader } from "../../ports/usage-reader.ts";
import { isObject, word } from "../../runtime/lenient.ts";
import { readAll, workload } from "../answer.ts";
import { joinNames } from "../image-name.ts";
import { asList } from "../list.ts";

const COMMAND = "aws apprunner describe-service";

// AWS App Runner API: Service, ImageRepository. It never says which digest a tag was.
const SERVICE = z.object({
  Service: z.object({
    ServiceName: z.string().min(1),
    Status: word,
    SourceConfiguration: z.object({ ImageRepository: z.object({ ImageIdentifier: word }).nullish() }),
  }),
});

const ENDED = ["DELETED", "CREATE_FAILED"];

/** Services that run an image; one answer for each service, alone or in a list. */
export const appRunner: UsageReader = {
  id: "app-runner",
  command: COMMAND,
  keeps: ["Service", "ServiceName", "Status", "SourceConfiguration", "ImageRepository", "ImageIdentifier"],
  recognises: (document) => asList(document).some((each) => isObject(each) && isObject(each["Service"])),
  read: (documents) =>
    readAll(SERVICE, documents.flatMap(asList), "an answer of AWS App Runner", COMMAND, (services) => ({
      kind: "read",
      seen: services.flatMap(({ Service: { ServiceName, Status, SourceConfiguration } }) => {
        const image = SourceConfiguration.ImageRepository;
        if (ENDED.includes(Status) || image === null || image === undefined) return [];
        return [{ workload: workload(`Service/${ServiceName}`, undefined), ...joinNames([image.ImageIdentifier]) }];
      }),
      notes: [],
    })),
};
