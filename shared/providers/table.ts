import type { Provider } from "../ports/provider.ts";

/** The only list of providers; each is loaded when it is used. */
export const providers: Readonly<Record<string, () => Promise<Provider>>> = {
  ecr: async () => (await import("./aws/index.ts")).ecr,
  oci: async () => (await import("./oci/index.ts")).oci,
};
