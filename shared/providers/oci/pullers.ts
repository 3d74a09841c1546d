import type { RegistryHost } from "../../domain/image-ref.ts";
import { openClient, type RegistryClient } from "../../oci/client.ts";
import type { RegistrySettings } from "../../ports/provider.ts";
import { BRIEF_RETRY } from "../../runtime/retry.ts";
import { isLoopback } from "../../runtime/url.ts";

/** Somebody who pulls, at one registry. */
export interface Puller {
  readonly client: RegistryClient;
  readonly host: RegistryHost;
  readonly isReplica: boolean;
  /** Whether these are the gate's own credentials, which may reach more than a puller's, or less. */
  readonly isGate: boolean;
}

/** A replica that does not answer must not keep an image from being held. */
const REPLICA_RETRY = { ...BRIEF_RETRY, tries: 2 };

/** Who is asked after an act: the registry as its puller, or as the gate where no puller is set, and every replica. */
export function openPullers(settings: RegistrySettings, gate: RegistryClient): readonly [Puller, ...Puller[]] {
  const { host, puller, replicas = [], plainHttp } = settings;
  const home: Puller =
    puller === undefined
      ? { client: gate, host, isReplica: false, isGate: true }
      : { client: openClient({ ...settings, credentials: puller }), host, isReplica: false, isGate: false };
  const away = replicas.map((replica): Puller => {
    const isPlain = plainHttp && isLoopback(new URL(`http://${replica.host}`).hostname);
    const client = openClient({ ...replica, plainHttp: isPlain, retry: REPLICA_RETRY });
    return { client, host: replica.host, isReplica: true, isGate: false };
  });
  return [home, ...away];
}
