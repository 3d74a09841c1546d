import type { Repository } from "../../domain/image-ref.ts";
import type { SetupFinding } from "../../domain/setup-finding.ts";
import type { SetupDemand } from "../../ports/registry-setup.ts";
import type { Access, Surroundings } from "./access.ts";
import type { AskService, CallOptions } from "./services.ts";
import type { RepositoryDetail, SetupCalls } from "./setup-calls.ts";
import { askedOne, type Heard } from "./setup-words.ts";

/** One look at how a registry is set up. */
export interface Looking {
  readonly ask: AskService<SetupCalls>;
  readonly access: Access;
  readonly surroundings: Surroundings;
  readonly demand: SetupDemand;
  readonly principal: string | undefined;
  readonly quarantine: string;
  /** Whether images are held in the quarantine; else in the archive. */
  readonly moves: boolean;
  readonly signal: AbortSignal | undefined;
}

export interface Named {
  readonly name: Repository;
  readonly detail: RepositoryDetail;
}

/** An answer, or the finding that there is none. */
export function hear<Answer>(
  { ask, signal }: Looking,
  action: string,
  place: string,
  work: (calls: SetupCalls, options: CallOptions) => Promise<Answer>,
): Promise<Heard<Answer>> {
  return askedOne(action, place, () => ask(place, work, signal));
}

export function from<Answer>(heard: Heard<Answer>, look: (answer: Answer) => readonly SetupFinding[]): readonly SetupFinding[] {
  return heard.kind === "finding" ? [heard.finding] : look(heard.answer);
}
