import type { RegistrySettings } from "../../ports/provider.ts";
import type { RegistrySigning, SigningState } from "../../ports/registry-signing.ts";
import { short } from "../../runtime/lenient.ts";
import { accessOf, type Surroundings, USUAL } from "./access.ts";
import type { Signing } from "./scan-calls.ts";
import { openService } from "./services.ts";

/** Managed signing of ECR: AWS Signer signs some time after the push, in the name of whoever pushed. */
export function openSigning({ host, aws }: Pick<RegistrySettings, "host" | "aws">, surroundings: Surroundings = USUAL): RegistrySigning {
  const ask = openService(accessOf(host, aws), surroundings, async (config) => (await import("./scan-calls.ts")).scanCalls(config));
  return {
    async state({ repository, digest }, signal) {
      return stateOf(await ask(`signing of ${digest}`, (calls, options) => calls.signings(repository, digest, options), signal));
    },
  };
}

/** One that is still being made may be the one that is wanted. A state that nobody knows is none that has come to an end. */
function stateOf(signings: readonly Signing[]): SigningState {
  const open = signings.filter(({ status }) => status !== "COMPLETE" && status !== "FAILED");
  if (open.length > 0) return { kind: "pending", why: `the registry is signing it with ${profilesOf(open)}` };
  const failed = signings.filter(({ status }) => status === "FAILED");
  if (failed.length === 0) return { kind: "none" };
  const causes = [...new Set(failed.map(({ failure }) => short(failure, 200) || "no reason given"))];
  return { kind: "failed", why: `the registry was to sign it with ${profilesOf(failed)} and could not: ${causes.join("; ")}` };
}

function profilesOf(signings: readonly Signing[]): string {
  return signings.map(({ profile }) => short(profile.slice(profile.lastIndexOf("/") + 1), 100) || "a profile").join(", ");
}
