import type { Provider } from "../../ports/provider.ts";
import { decoder } from "./events.ts";
import { openFindings } from "./findings.ts";
import { inEvents } from "./in-events.ts";
import { openEcrRegistry } from "./registry.ts";
import { openAwsSigner } from "./signer.ts";
import { openSigning } from "./signing.ts";
import { openUsage } from "./usage.ts";

/** The private registries of Amazon ECR, with the events of EventBridge. */
export const ecr: Provider = {
  id: "ecr",
  decoder,
  inEvents,
  openRegistry: (settings) => openEcrRegistry(settings),
  openFindings: (settings) => openFindings(settings),
  openUsage: (settings) => openUsage(settings),
  openSigning: (settings) => openSigning(settings),
  openAwsSigner: (registries) => openAwsSigner(registries),
};
