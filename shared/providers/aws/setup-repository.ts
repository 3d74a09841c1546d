import type { Repository } from "../../domain/image-ref.ts";
import type { SetupFinding } from "../../domain/setup-finding.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { isQuarantined } from "../oci/place.ts";
import { goesByPulls, lookAtLifecycle } from "./setup-lifecycle.ts";
import { from, hear, type Looking, type Named } from "./setup-looking.ts";
import { lookAtPolicy } from "./setup-policy.ts";
import { lookAtQuarantine } from "./setup-quarantine.ts";
import { lookAtTags } from "./setup-tags.ts";

export interface OfRepository {
  readonly findings: readonly SetupFinding[];
  readonly place: string;
  /** Whether its lifecycle goes by the time of the last pull. */
  readonly byPulls: boolean;
}

export async function lookAtRepository(looking: Looking, { name, detail }: Named): Promise<OfRepository> {
  const { access, demand, principal, quarantine, moves } = looking;
  const isOwn = isQuarantined(quarantine, name);
  const place = `lifecycle of ${name}`;
  const [lifecycle, policy, right] = await Promise.all([
    hear(looking, "ecr:GetLifecyclePolicy", place, (calls, options) => calls.lifecycle(name, options)),
    hear(looking, "ecr:GetRepositoryPolicy", `policy of ${name}`, (calls, options) => calls.policy(name, options)),
    demand.enforces && !isOwn ? mayHold(looking, name) : [],
  ]);
  const asker = { principal, account: access.place.account, enforces: demand.enforces, moves };
  const findings = [
    ...from(lifecycle, (text) =>
      text === undefined ? [] : lookAtLifecycle({ place, text, isOwn, moves, asked: demand.askedOf(name) }, demand),
    ),
    ...from(policy, (text) => (text === undefined ? [] : lookAtPolicy(`policy of ${name}`, text, asker))),
    ...(isOwn ? [] : lookAtTags(`tags of ${name}`, detail, demand)),
    ...(isOwn && policy.kind === "answer" ? lookAtQuarantine(looking, `repository ${name}`, detail, policy.answer) : []),
    ...right,
  ];
  return {
    findings,
    place,
    byPulls: lifecycle.kind === "answer" && lifecycle.answer !== undefined && !isOwn && goesByPulls(lifecycle.answer),
  };
}

/** AWS looks at rights first: that there is no such image is told to those alone who may. Without a role to take, who asks here may be another than the gate. */
async function mayHold({ ask, signal, access, moves }: Looking, name: Repository): Promise<readonly SetupFinding[]> {
  const places = [`right to hold in ${name}`];
  const action = moves ? "ecr:BatchDeleteImage" : "ecr:UpdateImageStorageClass";
  const next = `allow the gate's role ${action} there`;
  try {
    await ask(
      `the right to hold in ${name}`,
      (calls, options) => (moves ? calls.deleteNothing(name, options) : calls.archiveNothing(name, options)),
      signal,
    );
    return [];
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    if (error.code === "not-found") return [];
    if (error.code === "forbidden" && access.role !== undefined)
      return [
        { code: "may-not-hold", places, state: "mend", fact: `AWS refuses ${action} to ${access.role} (403): nothing can be held`, next },
      ];
    if (error.code === "forbidden")
      return [
        {
          code: "may-not-hold",
          places,
          state: "unknown",
          fact: `AWS refuses ${action} to whoever asks here (403): nothing can be held, unless the gate runs as somebody else`,
          next,
        },
      ];
    return [{ code: "not-read", places, state: "unknown", fact: `whether the gate may hold is not known: ${error.code}`, next }];
  }
}
