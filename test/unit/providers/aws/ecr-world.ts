import { actionId, type MoveAction } from "../../../../shared/domain/action.ts";
import { parseDigest } from "../../../../shared/domain/digest.ts";
import { type ImageKey, parseRegistryHost, parseRepository, printImageKey } from "../../../../shared/domain/image-ref.ts";
import { type Instant, instant } from "../../../../shared/domain/time.ts";
import type { AwsAccess } from "../../../../shared/ports/provider.ts";
import type { Registry } from "../../../../shared/ports/registry.ts";
import { openEcrRegistry } from "../../../../shared/providers/aws/registry.ts";
import { type AwsOptions, type FakeAws, serveAws } from "../../../fakes/aws/aws.ts";
import type { EcrRegistry } from "../../../fakes/aws/ecr-registry.ts";
import { servedEcr } from "../../../fakes/aws/served-ecr.ts";
import { instantRetry } from "../../../fakes/oci-client.ts";
import type { ServedRegistry } from "../../../fakes/served-registry.ts";

export const APP = parseRepository("team/app");
export const HOUR = 3_600_000;

/** Accounts and regions of the fake with the provider at the first of them; the clock goes by hand, for both. */
export interface EcrWorld {
  readonly aws: FakeAws;
  readonly home: EcrRegistry;
  readonly served: ServedRegistry;
  readonly registry: Registry;
  /** The provider as another process would have it. */
  open(access?: AwsAccess): Registry;
  /** Calls since the last look, `operation` or `METHOD kind`, of all services. */
  calls(operation?: string): number;
  forward(milliseconds: number): Promise<void>;
  key(image: { readonly digest: string }): ImageKey;
  plan(image: { readonly digest: string }): Promise<MoveAction>;
  close(): Promise<void>;
}

export async function openEcrWorld(options: AwsOptions = {}): Promise<EcrWorld> {
  // The SDK looks at the real clock for the end of a role's keys.
  let now: Instant = instant(Date.now());
  let counted = 0;
  const aws = await serveAws({ now: () => now, ...options });
  const home = aws.registry();
  const { account, region } = home;
  const host = parseRegistryHost(home.host);
  const surroundings = { retry: { ...instantRetry(), clock: { now: () => now } }, keys: async () => aws.credentials() };
  const open = (access: AwsAccess = {}): Registry =>
    openEcrRegistry(
      { host, plainHttp: true, quarantine: "quarantine", aws: { account, region, endpoint: aws.endpoint, ...access } },
      surroundings,
    );
  const registry = open();
  const key = ({ digest }: { readonly digest: string }): ImageKey => ({ registry: host, repository: APP, digest: parseDigest(digest) });
  return {
    aws,
    home,
    served: servedEcr(aws),
    registry,
    open,
    calls(operation) {
      const fresh = aws.calls.slice(counted);
      counted = aws.calls.length;
      return fresh.filter((call) => operation === undefined || call.operation === operation).length;
    },
    async forward(milliseconds) {
      now = instant(now + milliseconds);
      await aws.forward(0);
    },
    key,
    async plan(image) {
      const before = await registry.survey(key(image), new Set());
      if (before === undefined) throw new Error("there is nothing to hold");
      const actor = { name: "gate", reason: "test" };
      const id = actionId("hold", printImageKey(key(image)), 1);
      return { id, verb: "hold", image: key(image), actor, cause: {}, generation: 1, plannedAt: now, before };
    },
    close: aws.close,
  };
}
