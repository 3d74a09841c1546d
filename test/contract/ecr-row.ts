import { parseRegistryHost } from "../../shared/domain/image-ref.ts";
import type { AwsAccess } from "../../shared/ports/provider.ts";
import { openEcrRegistry } from "../../shared/providers/aws/registry.ts";
import { BRIEF_RETRY } from "../../shared/runtime/retry.ts";
import { serveAws } from "../fakes/aws/aws.ts";
import { servedEcr } from "../fakes/aws/served-ecr.ts";
import { type Product, QUARANTINE, type RegistryRow } from "./registry-row.ts";

/** Restores are looked for twice before they are there. */
const RESTORE_LOOKS = 1;

function ecrRow(name: string, hold?: AwsAccess["hold"]): RegistryRow {
  return {
    name,
    quirks: (request, registry) => registry(request),
    stride: 1,
    async product(around): Promise<Product> {
      const aws = await serveAws({ around });
      aws.controls.restoreLooks = RESTORE_LOOKS;
      const { account, region, host, blocked } = aws.registry();
      const api = new URL(aws.endpoint).host;
      return {
        served: servedEcr(aws),
        blocked,
        endpoints: [host, api],
        openThrough([images = host, service = api], { timeoutMs }, replica) {
          const surroundings = {
            retry: { ...BRIEF_RETRY, tries: 1 },
            keys: async () => aws.credentials(),
            ...(timeoutMs === undefined ? {} : { timeoutMs }),
          };
          const access = { account, region, endpoint: `http://${service}`, hold };
          const settings = { host: parseRegistryHost(images), plainHttp: true, quarantine: QUARANTINE, aws: access };
          return openEcrRegistry(settings, surroundings, replica === undefined ? [] : [replica]);
        },
      };
    },
  };
}

export const ECR_ROW = ecrRow("ECR");
export const ECR_MOVE_ROW = ecrRow("ECR with a quarantine repository", "quarantine-repository");
