import type { SetupFinding } from "../../domain/setup-finding.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { count } from "../../runtime/lenient.ts";

export type Heard<Answer> =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "finding"; readonly finding: SetupFinding };

/** What was asked, or the finding that it could not be: nobody who may not ask hears that all is well. */
export async function askedOne<Answer>(action: string, place: string, work: () => Promise<Answer>): Promise<Heard<Answer>> {
  try {
    return { kind: "answer", answer: await work() };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { kind: "finding", finding: unasked(action, place, error) };
  }
}

/** The same words for each repository, so that they are said once. */
function unasked(action: string, place: string, { code, mend }: AdapterError): SetupFinding {
  if (code === "forbidden")
    return {
      code: "may-not-ask",
      places: [place],
      state: "unknown",
      fact: `AWS refuses ${action} (403)`,
      next: `allow whoever asks ${action}`,
    };
  const next = mend ?? "try again";
  return { code: "not-read", places: [place], state: "unknown", fact: `could not be read with ${action}: ${code}`, next };
}

/** What is the same of several places is one finding. Where nothing was found, that is said too, with how much was looked at. */
export function grouped(findings: readonly SetupFinding[], repositories: number): readonly SetupFinding[] {
  if (findings.length === 0) {
    const fact = `nothing stands against the gate in ${count(repositories, "repository", "repositories")}: lifecycle, policies, scanning, replication, templates, tags, signing`;
    return [{ code: "nothing-found", places: ["set-up"], state: "well", fact }];
  }
  const alike = Map.groupBy(findings, ({ code, state, fact, next }) => JSON.stringify([code, state, fact, next]));
  return [...alike.values()].flatMap((all) => {
    const [first] = all;
    return first === undefined ? [] : [{ ...first, places: all.flatMap(({ places }) => places) }];
  });
}
