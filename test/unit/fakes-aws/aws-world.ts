import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { Inspector2Client } from "@aws-sdk/client-inspector2";
import { parseRepository, type Repository } from "../../../shared/domain/image-ref.ts";
import type { RegistryClient } from "../../../shared/oci/client.ts";
import { type AwsOptions, type FakeAws, serveAws } from "../../fakes/aws/aws.ts";
import type { EcrRegistry } from "../../fakes/aws/ecr-registry.ts";
import { servedEcr } from "../../fakes/aws/served-ecr.ts";
import type { Vulnerability } from "../../fakes/aws/state/scan.ts";
import { openTestClient } from "../../fakes/oci-client.ts";
import { type Pushed, pushImage } from "../../fakes/pusher.ts";
import type { ServedRegistry } from "../../fakes/served-registry.ts";

export const APP: Repository = parseRepository("team/app");
export const START = Date.parse("2026-11-20T10:00:00Z");

/** The fake with the clients of the vendor; the clock goes by hand. */
export interface AwsWorld {
  readonly aws: FakeAws;
  readonly ecr: ECRClient;
  readonly inspector: Inspector2Client;
  readonly home: EcrRegistry;
  /** For whoever pushes. */
  readonly served: ServedRegistry;
  /** Our own client at the OCI endpoint, with a token of GetAuthorizationToken. */
  oci(): RegistryClient;
  close(): Promise<void>;
}

export function clientSettings(aws: FakeAws, region = "eu-central-1", account?: string) {
  return { endpoint: aws.endpoint, region, credentials: aws.credentials(account), maxAttempts: 1 };
}

export async function openAwsWorld(options: AwsOptions = {}): Promise<AwsWorld> {
  const aws = await serveAws({ now: () => START, ...options });
  const [ecr, inspector] = [new ECRClient(clientSettings(aws)), new Inspector2Client(clientSettings(aws))];
  const home = aws.registry();
  return {
    aws,
    ecr,
    inspector,
    home,
    served: servedEcr(aws),
    oci: () => openOci(ecr, home.host),
    async close() {
      ecr.destroy();
      inspector.destroy();
      await aws.close();
    },
  };
}

export type WorldWithImage = AwsWorld & { readonly image: Pushed };

/** There is one image in it, which bears the tag 1.0. */
export async function openWithImage(): Promise<WorldWithImage> {
  const world = await openAwsWorld();
  return { ...world, image: await pushImage(world.served, APP, "one", "1.0") };
}

function openOci(ecr: ECRClient, host: string): RegistryClient {
  return openTestClient(host, {
    async credentials() {
      const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
      const [username = "", password = ""] = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64")
        .toString()
        .split(":");
      return { kind: "password", username, password };
    },
  });
}

export function vulnerability(id: string, more: Partial<Vulnerability> = {}): Vulnerability {
  return { id, severity: "HIGH", package: { name: "openssl", version: "3.0.1", fixedIn: "3.0.2", manager: "OS" }, score: 8.1, ...more };
}
