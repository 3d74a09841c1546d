import * as z from "zod";
import type { SeenWorkload, UsageReader } from "../../ports/usage-reader.ts";
import { isObject, loose, word } from "../../runtime/lenient.ts";
import { OWNER_TAG, readAll, workload } from "../answer.ts";
import { joinNames } from "../image-name.ts";
import { asList, textOf } from "../list.ts";

const COMMAND = "az container list -o json";

// ARM: Microsoft.ContainerInstance/containerGroups, Microsoft.App/containerApps, /revisions and /jobs. Neither tells which digest a tag was.
// `az` writes the properties of container groups beside the name, the ARM API below `properties`.
const CONTAINER = z.object({ image: word, properties: loose(z.object({ image: word })) });
const CONTAINERS = z.array(CONTAINER).nullish();
const LISTS = { containers: CONTAINERS, initContainers: CONTAINERS };
const RESOURCE = z.object({
  type: z.string(),
  name: z.string().min(1),
  resourceGroup: word,
  tags: loose(z.record(z.string(), z.string())),
  ...LISTS,
  properties: z.object({ active: loose(z.boolean()), ...LISTS, template: z.object(LISTS).nullish() }).nullish(),
});
type Resource = z.output<typeof RESOURCE>;

const KINDS: Readonly<Record<string, string>> = {
  "microsoft.containerinstance/containergroups": "ContainerGroup",
  "microsoft.app/containerapps": "ContainerApp",
  "microsoft.app/containerapps/revisions": "Revision",
  "microsoft.app/jobs": "Job",
};

/** Container groups of ACI, and apps, revisions and jobs of Container Apps. What runs in AKS is read from the cluster. */
export const azure: UsageReader = {
  id: "azure",
  command: `${COMMAND}, az containerapp list, az containerapp revision list, az containerapp job list`,
  keeps: ["type", "name", "resourceGroup", "tags", OWNER_TAG, "containers", "initContainers", "image", "properties", "active", "template"],
  recognises: (document) => asList(document).some((each) => isObject(each) && kindOf(textOf(each["type"])) !== undefined),
  read: (documents) =>
    readAll(RESOURCE, documents.flatMap(asList), "a list of Azure", COMMAND, (resources) => ({
      kind: "read",
      seen: resources.flatMap(readResource),
      notes: [],
    })),
};

function kindOf(type: string): string | undefined {
  const lower = type.toLowerCase();
  return Object.hasOwn(KINDS, lower) ? KINDS[lower] : undefined;
}

function readResource({ type, name, resourceGroup, tags, properties, ...own }: Resource): readonly SeenWorkload[] {
  if (properties?.active === false) return [];
  const place = `${kindOf(type) ?? type}/${name}`;
  const runs = workload(resourceGroup === "" ? place : `${resourceGroup}/${place}`, tags?.[OWNER_TAG]);
  const lists = [own, properties, properties?.template];
  const containers = lists.flatMap((each) => [...(each?.containers ?? []), ...(each?.initContainers ?? [])]);
  // A resource whose containers are not told may run anything.
  if (containers.length === 0) return [{ workload: runs, digests: [] }];
  return containers.map(({ image, properties: below }) => ({ workload: runs, ...joinNames([image, below?.image ?? ""]) }));
}
