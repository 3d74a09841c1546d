import { parseDigest } from "../../shared/domain/digest.ts";
import { parseRepository, type RegistryHost } from "../../shared/domain/image-ref.ts";
import { openClient, type RegistryClient } from "../../shared/oci/client.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { Credentials } from "../../shared/ports/provider.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { request } from "../../shared/runtime/http.ts";
import { isLoopback } from "../../shared/runtime/url.ts";
import { type Finding, look, mend, unknown, well } from "./doctor-check.ts";

export interface Probed {
  readonly host: RegistryHost;
  readonly plainHttp: boolean;
  readonly credentials: Credentials;
  /** What product it is. Absent where it only has to speak the distribution protocol. */
  readonly provider?: string;
  /** The service behind an endpoint of its own need not know the host at all: the look at its set-up says whether it answers. */
  readonly aws?: { readonly endpoint?: string | undefined } | undefined;
}

// Names that no image has: deleting it removes nothing, and the answer tells whether deleting is switched on.
const NOWHERE = parseRepository("moorgate-doctor/nothing");
const NOTHING = parseDigest(`sha256:${"0".repeat(64)}`);
const MOST_SKEW_MS = 60_000;

/** Each registry once: does it answer, can it delete (a hold moves the image), how does it list referrers, and what time is it there. */
export async function lookAtRegistries(registries: readonly Probed[]): Promise<readonly Finding[]> {
  const asked = registries.filter(({ aws }) => aws?.endpoint === undefined);
  const findings = await Promise.all(asked.map(lookAtRegistry));
  return findings.flat();
}

/** What a running gate watches, and the settings here do not name: the embedded registry is on this machine; how others are asked, only that gate knows. */
export async function lookAtWatched(watched: readonly RegistryHost[], registries: readonly Probed[]): Promise<readonly Finding[]> {
  const others = watched.filter((host) => registries.every((named) => named.host !== host));
  return (await Promise.all(others.map(lookAtOther))).flat();
}

async function lookAtOther(host: RegistryHost): Promise<readonly Finding[]> {
  const isHere = isLoopback(new URL(`http://${host}`).hostname);
  if (isHere) return lookAtRegistry({ host, plainHttp: true, credentials: async () => undefined });
  return [unknown(host, "is watched by the gate, and these settings do not name it", "look where the gate's own settings are")];
}

async function lookAtRegistry(registry: Probed): Promise<readonly Finding[]> {
  const reached = await look(registry.host, () => reach(registry));
  // What the others may and how they list, how they are set up says.
  if (reached.state !== "well" || (registry.provider ?? "oci") !== "oci") return [reached];
  const client = openClient(registry);
  return [
    reached,
    ...(await Promise.all([
      look(`${registry.host} delete`, () => deletes(registry.host, client)),
      look(`${registry.host} referrers`, () => refers(registry.host, client)),
    ])),
  ];
}

async function reach({ host, plainHttp }: Probed): Promise<Finding> {
  try {
    const { headers, status } = await request({
      url: new URL(`${plainHttp ? "http" : "https"}://${host}/v2/`),
      timeoutMs: 10_000,
      maxBytes: 64 * 1024,
    });
    if (status !== 200 && status !== 401) return mend(host, `answers ${status} to /v2/`, "check that the address is that of a registry");
    const skew = Math.abs(Date.parse(headers.get("date") ?? "") - systemClock.now());
    if (skew > MOST_SKEW_MS)
      return mend(
        host,
        `answers, and its clock differs by ${Math.round(skew / 1_000)} s`,
        "set both clocks by NTP: ages in verdicts depend on them",
      );
    return well(host, `answers${Number.isNaN(skew) ? "" : "; clocks agree"}`);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return mend(host, error.message, error.mend ?? "check the address, the network and the certificate");
  }
}

async function deletes(host: string, client: RegistryClient): Promise<Finding> {
  const what = `${host} delete`;
  try {
    await client.deleteManifest(NOWHERE, NOTHING);
    return well(what, "switched on: images can be held");
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    if (error.code === "unsupported")
      return mend(
        what,
        "switched off: nothing can be held here",
        "switch deleting on (distribution: REGISTRY_STORAGE_DELETE_ENABLED=true)",
      );
    return unknown(what, error.message, error.mend ?? "give the gate's account the right to delete");
  }
}

async function refers(host: string, client: RegistryClient): Promise<Finding> {
  const what = `${host} referrers`;
  try {
    const support = await client.referrersSupport(NOWHERE);
    return well(what, support === "api" ? "listed by the referrers API" : "listed under fallback tags");
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return unknown(what, error.message, error.mend ?? "give the gate's account the right to pull");
  }
}
