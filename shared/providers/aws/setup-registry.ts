import { isRepository, parseRepository, type Repository } from "../../domain/image-ref.ts";
import type { SetupFinding } from "../../domain/setup-finding.ts";
import { inParallel } from "../oci/in-parallel.ts";
import { isQuarantined } from "../oci/place.ts";
import { pagesOf } from "./pages.ts";
import type { RepositoryCreationTemplate } from "./setup-calls.ts";
import { lookAtLifecycle } from "./setup-lifecycle.ts";
import { from, hear, type Looking } from "./setup-looking.ts";
import { type Asker, lookAtPolicy } from "./setup-policy.ts";
import { lookAtComing, lookAtCopies, lookAtQuarantine } from "./setup-quarantine.ts";
import { lookAtReplicas } from "./setup-replicas.ts";
import { lookAtScanning } from "./setup-scanning.ts";
import { lookAtSigning } from "./setup-signing.ts";
import { lookAtTags } from "./setup-tags.ts";
import { askedOne } from "./setup-words.ts";

/** Largest list of BatchGetRepositoryScanningConfiguration. */
const BATCH = 25;

/** What is set up once for the whole registry, and what new repositories will get. */
export async function lookAtRegistry(looking: Looking, names: readonly Repository[]): Promise<readonly SetupFinding[]> {
  const { access, surroundings, demand, signal, principal, moves } = looking;
  const asker = { principal, account: access.place.account, enforces: demand.enforces, moves };
  const [policy, replication, signing, templates] = await Promise.all([
    hear(looking, "ecr:GetRegistryPolicy", "policy of the registry", (calls, options) => calls.registryPolicy(options)),
    hear(looking, "ecr:DescribeRegistry", "replication", (calls, options) => calls.replicationRules(options)),
    hear(looking, "ecr:GetSigningConfiguration", "signing", (calls, options) => calls.signingRules(options)),
    askedOne("ecr:DescribeRepositoryCreationTemplates", "creation templates", () =>
      Array.fromAsync(pagesOf((next) => looking.ask("creation templates", (calls, options) => calls.templates(next, options), signal))),
    ),
  ]);
  return [
    ...from(policy, (text) => (text === undefined ? [] : lookAtPolicy("policy of the registry", text, asker))),
    ...(replication.kind === "finding"
      ? [replication.finding]
      : [
          ...(await lookAtReplicas(replication.answer, access, surroundings, demand, signal)),
          ...lookAtCopies(looking, replication.answer),
        ]),
    ...from(signing, (rules) => lookAtSigning(rules, names, access.place, demand)),
    ...from(templates, (all) => [...all.flatMap((template) => lookAtTemplate(looking, template, asker)), ...lookAtComing(looking, all)]),
    ...(await scanningOf(looking, names)),
  ];
}

function lookAtTemplate(looking: Looking, template: RepositoryCreationTemplate, asker: Asker): readonly SetupFinding[] {
  const { demand, quarantine, moves } = looking;
  const { prefix = "", repositoryPolicy, lifecyclePolicy } = template;
  const place = `creation template ${prefix}`;
  const isOwn = isQuarantined(quarantine, prefix);
  const lifecycle = { place: `lifecycle of ${place}`, isOwn, moves, asked: { signature: false } };
  return [
    ...(isOwn ? lookAtQuarantine(looking, place, template, repositoryPolicy) : lookAtTags(place, template, demand)),
    ...(repositoryPolicy === undefined ? [] : lookAtPolicy(`policy of ${place}`, repositoryPolicy, asker)),
    ...(lifecyclePolicy === undefined ? [] : lookAtLifecycle({ ...lifecycle, text: lifecyclePolicy }, demand)),
  ];
}

async function scanningOf(looking: Looking, names: readonly Repository[]): Promise<readonly SetupFinding[]> {
  const asked = names.filter((name) => looking.demand.askedOf(name).scan !== "none");
  const batches = Array.from({ length: Math.ceil(asked.length / BATCH) }, (_, at) => asked.slice(at * BATCH, (at + 1) * BATCH));
  const found = await inParallel(batches, async (batch) => {
    const action = "ecr:BatchGetRepositoryScanningConfiguration";
    const heard = await hear(looking, action, "scanning", (calls, options) => calls.scanning(batch, options));
    return from(heard, (all) =>
      all.flatMap(({ repositoryName = "", scanFrequency = "MANUAL" }) =>
        isRepository(repositoryName) ? lookAtScanning(parseRepository(repositoryName), scanFrequency, looking.demand) : [],
      ),
    );
  });
  return found.flat();
}
