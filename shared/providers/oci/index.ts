import { openClient } from "../../oci/client.ts";
import type { Provider } from "../../ports/provider.ts";
import { decoder } from "./events.ts";
import { openPullers } from "./pullers.ts";
import { openOciRegistry } from "./registry.ts";

/** Any registry of the distribution protocol with the notifications of CNCF Distribution. */
export const oci: Provider = {
  id: "oci",
  decoder,
  openRegistry(settings) {
    const client = openClient(settings);
    return openOciRegistry(client, settings, openPullers(settings, client));
  },
};
