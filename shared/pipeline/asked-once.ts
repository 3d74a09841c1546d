import type { ImageRecord } from "../domain/image-record.ts";
import type { GateDeps } from "./deps.ts";

/**
 * The same, with the indexes that name a digest looked up once: a judgement asks for them in several places, and is to see the same in each. Before something is
 * done, they are asked for anew.
 */
export function askingOnce<D extends Pick<GateDeps, "ledger">>(deps: D): D {
  const asked = new Map<string, Promise<readonly ImageRecord[]>>();
  const parents: GateDeps["ledger"]["parents"] = async ({ digest, registry, repository }) => {
    const found = asked.get(digest) ?? deps.ledger.parents({ digest });
    asked.set(digest, found);
    return (await found).filter(
      ({ key }) => (repository ?? key.repository) === key.repository && (registry ?? key.registry) === key.registry,
    );
  };
  return { ...deps, ledger: { ...deps.ledger, parents } };
}
