import { isRepository } from "../../domain/image-ref.ts";
import type { SetupFinding } from "../../domain/setup-finding.ts";
import type { RegistrySettings } from "../../ports/provider.ts";
import type { RegistrySetup } from "../../ports/registry-setup.ts";
import { inParallel } from "../oci/in-parallel.ts";
import { isQuarantined } from "../oci/place.ts";
import { accessOf, type Surroundings, USUAL } from "./access.ts";
import { callersOf } from "./in-events.ts";
import { pagesOf } from "./pages.ts";
import { openService } from "./services.ts";
import { setupCalls } from "./setup-calls.ts";
import { from, type Looking, type Named } from "./setup-looking.ts";
import { lookAtRegistry } from "./setup-registry.ts";
import { lookAtRepository, type OfRepository } from "./setup-repository.ts";
import { askedOne, grouped } from "./setup-words.ts";

/** Each costs two or three calls. */
const MOST_REPOSITORIES = 2_000;

/** How a registry of ECR is set up: lifecycle and other policies, scanning, replication, creation templates, tags, signing, and what the gate may do. */
export function openEcrSetup(
  { host, aws, quarantine }: Pick<RegistrySettings, "host" | "aws" | "quarantine">,
  surroundings: Surroundings = USUAL,
): RegistrySetup {
  const access = accessOf(host, aws);
  const ask = openService(access, surroundings, async (config) => setupCalls(config));
  const [principal] = callersOf(aws);
  const moves = aws?.hold === "quarantine-repository";
  return {
    async look(demand, signal) {
      const looking: Looking = { ask, access, surroundings, demand, principal, quarantine, moves, signal };
      const listed = await listRepositories(looking);
      const names = listed.repositories.map(({ name }) => name).filter((name) => !isQuarantined(quarantine, name));
      const [ofRegistry, each] = await Promise.all([
        lookAtRegistry(looking, names),
        inParallel(listed.repositories, (repository) => lookAtRepository(looking, repository)),
      ]);
      const pulls = each.some(({ byPulls }) => byPulls) ? await lookAtPulls(looking, each) : [];
      return grouped([...listed.findings, ...ofRegistry, ...each.flatMap(({ findings }) => findings), ...pulls], names.length);
    },
  };
}

async function listRepositories(looking: Looking): Promise<{ repositories: readonly Named[]; findings: readonly SetupFinding[] }> {
  const repositories: Named[] = [];
  const { ask, signal } = looking;
  const heard = await askedOne("ecr:DescribeRepositories", "repositories", async () => {
    for await (const detail of pagesOf((next) => ask("repositories", (calls, options) => calls.repositories(next, options), signal))) {
      const { repositoryName = "" } = detail;
      if (repositories.length >= MOST_REPOSITORIES) return false;
      if (isRepository(repositoryName)) repositories.push({ name: repositoryName, detail });
    }
    return true;
  });
  if (heard.kind === "finding") return { repositories, findings: [heard.finding] };
  const rest: SetupFinding = {
    code: "not-read",
    places: ["repositories"],
    state: "unknown",
    fact: `only the first ${MOST_REPOSITORIES} repositories were looked at`,
    next: "the others are to be set up as these are: aws ecr describe-repositories lists them",
  };
  return { repositories, findings: heard.answer ? [] : [rest] };
}

/** ECR counts the gate's reading as pulls unless it was told not to: then nothing that the gate judges ever looks unused. */
async function lookAtPulls(looking: Looking, each: readonly OfRepository[]): Promise<readonly SetupFinding[]> {
  const { principal, ask, signal } = looking;
  const places = each.filter(({ byPulls }) => byPulls).map(({ place }) => place);
  const told = { code: "lifecycle-counts-own-pulls", places, state: "mend" } as const;
  if (principal === undefined)
    return [
      {
        ...told,
        fact: "goes by the last pull, and the gate's own reading counts as pulls",
        next: "set aws: { principal: ARN } to the role or user that the gate runs as",
      },
    ];
  const heard = await askedOne("ecr:ListPullTimeUpdateExclusions", "pulls that do not count", () =>
    Array.fromAsync(pagesOf((next) => ask("pulls that do not count", (calls, options) => calls.leftOut(next, options), signal))),
  );
  return from(heard, (arns) =>
    arns.includes(principal)
      ? []
      : [
          {
            ...told,
            fact: `goes by the last pull, and ${principal} is not among those whose pulls do not count`,
            next: `aws ecr register-pull-time-update-exclusion --principal-arn ${principal}`,
          },
        ],
  );
}
