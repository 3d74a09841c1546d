import type { SetupFinding } from "../../domain/setup-finding.ts";
import { isQuarantined } from "../oci/place.ts";
import { frozen } from "./mutability.ts";
import type { ReplicationRule, RepositoryCreationTemplate, RepositoryDetail } from "./setup-calls.ts";
import type { Looking } from "./setup-looking.ts";
import { keepsOthersOut } from "./setup-policy.ts";

/** Names that the gate gives to what is held, and gives to something else later: its own, and those of lists of referrers. */
const OWN_TAGS = ["held-*", "sha256-*"];
const SHUT = "deny ecr:BatchGetImage there to all but the gate: Condition: { ArnNotLike: { aws:PrincipalArn: ROLE } }";

type TagSettings = Pick<RepositoryDetail, "imageTagMutability" | "imageTagMutabilityExclusionFilters">;

/** A repository that images are held in, or a template for such: a hold is as good as what keeps others from pulling there. */
export function lookAtQuarantine(
  looking: Looking,
  place: string,
  settings: TagSettings,
  policy: string | undefined,
): readonly SetupFinding[] {
  if (!holdsThere(looking)) return [];
  const isShut = policy !== undefined && keepsOthersOut(policy);
  const isFrozen = OWN_TAGS.some((tags) => frozen(settings, tags) !== "none");
  return [
    ...(isShut
      ? []
      : [
          open(
            place,
            "no policy there keeps others than the gate from pulling what is held: whoever may pull from all repositories can",
            SHUT,
          ),
        ]),
    ...(isFrozen
      ? [
          {
            code: "tags-frozen",
            places: [place],
            state: "mend",
            fact: "the gate moves tags of its own there (held-..., sha256-...), and they cannot be moved",
            next: "let its tags be MUTABLE",
          } as const,
        ]
      : []),
  ];
}

/** The gate makes a repository without a policy, and ECR one by its template before the gate has to. */
export function lookAtComing(looking: Looking, templates: readonly RepositoryCreationTemplate[]): readonly SetupFinding[] {
  const { quarantine } = looking;
  const isThere = templates.some(
    ({ prefix = "", appliedFor = [] }) => prefix.replace(/\/$/, "") === quarantine && appliedFor.includes("CREATE_ON_PUSH"),
  );
  if (isThere || !holdsThere(looking)) return [];
  const fact = "the first hold of a repository makes its quarantine, and no policy keeps others than the gate from pulling there";
  const next = `a repository creation template for the prefix ${quarantine}, applied for CREATE_ON_PUSH and REPLICATION, whose policy does: ${SHUT}`;
  return [open(`repositories to come in ${quarantine}/`, fact, next)];
}

/** A filter is the beginning of a name; without one all are meant. */
export function lookAtCopies(looking: Looking, rules: readonly ReplicationRule[]): readonly SetupFinding[] {
  const { quarantine } = looking;
  const copying = rules.filter(
    ({ repositoryFilters = [] }) =>
      repositoryFilters.length === 0 ||
      repositoryFilters.some(({ filter = "" }) => `${quarantine}/`.startsWith(filter) || isQuarantined(quarantine, filter)),
  );
  if (copying.length === 0 || !holdsThere(looking)) return [];
  const fact = `copies what is held in ${quarantine}/: whether its copies can be pulled is not known`;
  const next = `let its filters name the repositories that are to be copied, or shut ${quarantine}/ at the destinations too`;
  return [{ code: "quarantine-replicated", places: ["replication"], state: "unknown", fact, next }];
}

function holdsThere({ demand, moves }: Looking): boolean {
  return demand.enforces && moves;
}

function open(place: string, fact: string, next: string): SetupFinding {
  return { code: "quarantine-open", places: [place], state: "mend", fact, next };
}
