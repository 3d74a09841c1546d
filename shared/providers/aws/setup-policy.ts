import * as z from "zod";
import type { SetupFinding } from "../../domain/setup-finding.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { readJson } from "../../runtime/json.ts";
import { isObject } from "../../runtime/lenient.ts";

// AWS IAM user guide, "JSON policy elements".
const texts = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((given) => (given === undefined ? undefined : [given].flat()));
const STATEMENT = z.object({
  Sid: z.string().default(""),
  Effect: z.string(),
  Principal: z.unknown().optional(),
  NotPrincipal: z.unknown().optional(),
  Action: texts,
  NotAction: texts,
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});
const POLICY = z.object({ Statement: z.union([STATEMENT.transform((one) => [one]), z.array(STATEMENT)]) });
type Statement = z.output<typeof STATEMENT>;

const LIMITS = { maxBytes: 64 * 1024, maxDepth: 16, place: "policy" };
/** What the gate calls of a repository whose images it judges, and then of one that it holds in. */
const READS = ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", "ecr:ListImages"];
const ACTS = ["ecr:BatchDeleteImage", "ecr:PutImage"];
const ARCHIVES = ["ecr:UpdateImageStorageClass"];
const MOVES = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart"];
const EXCEPT: Readonly<Record<string, boolean>> = { ArnNotEquals: true, ArnNotLike: true, StringNotEquals: true, StringNotLike: true };

export interface Asker {
  /** ARN of the gate's role or user; absent where the settings do not say it. */
  readonly principal: string | undefined;
  readonly account: string;
  readonly enforces: boolean;
  /** Whether it moves what it holds to the quarantine; else it archives it. */
  readonly moves: boolean;
}

/** Whether a repository's or registry's policy denies the gate what it does. Denials alone count: what is allowed, the gate's role says too. */
export function lookAtPolicy(place: string, text: string, asker: Asker): readonly SetupFinding[] {
  const statements = readStatements(text);
  if (statements === undefined)
    return [
      {
        code: "policy-unreadable",
        places: [place],
        state: "unknown",
        fact: "has a form that is not known here",
        next: "read it yourself: it must not deny the gate to read, or to hold",
      },
    ];
  return statements.flatMap((statement, index) => {
    const actions = [...READS, ...actsOf(asker)].filter((action) => isMeant(statement, action));
    const meant = actions.length === 0 || statement.Effect !== "Deny" ? "no" : meets(statement, asker);
    if (meant === "no") return [];
    const at = `${place}, statement ${statement.Sid === "" ? index + 1 : statement.Sid}`;
    const fact = `denies ${meant === "yes" ? "" : "perhaps "}the gate ${actions.join(", ")}`;
    const next = "except the gate's role: Condition: { ArnNotLike: { aws:PrincipalArn: ROLE } }";
    return [
      { code: "policy-denies-gate" as const, places: [at], state: meant === "yes" ? ("mend" as const) : ("unknown" as const), fact, next },
    ];
  });
}

function actsOf({ enforces, moves }: Asker): readonly string[] {
  return enforces ? [...ACTS, ...(moves ? MOVES : ARCHIVES)] : [];
}

/** Whether nobody may pull, but for some that it names. Under a condition that says nothing of who asks it is not known, and does not count. */
export function keepsOthersOut(text: string): boolean {
  return (readStatements(text) ?? []).some(({ Principal, NotPrincipal, Condition, ...statement }) => {
    const isMet = Object.entries(Condition).every(([operator, keys]) =>
      Object.keys(keys).every((key) => EXCEPT[operator] === true && key.toLowerCase() === "aws:principalarn"),
    );
    const isForAll = NotPrincipal !== undefined || names(Principal).includes("*");
    return statement.Effect === "Deny" && isMeant(statement, "ecr:BatchGetImage") && isForAll && isMet;
  });
}

function readStatements(text: string): readonly Statement[] | undefined {
  try {
    return POLICY.safeParse(readJson(Buffer.from(text), LIMITS)).data?.Statement;
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}

function isMeant({ Action, NotAction }: Pick<Statement, "Action" | "NotAction">, action: string): boolean {
  if (NotAction !== undefined) return !NotAction.some((pattern) => fits(pattern.toLowerCase(), action.toLowerCase()));
  return (Action ?? []).some((pattern) => fits(pattern.toLowerCase(), action.toLowerCase()));
}

type Meant = "yes" | "perhaps" | "no";

/** Conditions other than on who asks are about the call: whether they are met is not known. */
function meets({ Principal, NotPrincipal, Condition }: Statement, asker: Asker): Meant {
  const named = Principal === undefined ? [] : names(Principal);
  if (NotPrincipal !== undefined) return isAmong(names(NotPrincipal), asker) === "yes" ? "no" : "perhaps";
  const who = isAmong(named, asker);
  if (who === "no") return "no";
  const tests = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => test(operator, key, value, asker)),
  );
  if (tests.includes("no")) return "no";
  return who === "yes" && tests.every((each) => each === "yes") ? "yes" : "perhaps";
}

function test(operator: string, key: string, value: unknown, { principal }: Asker): Meant {
  if (EXCEPT[operator] !== true || key.toLowerCase() !== "aws:principalarn" || principal === undefined) return "perhaps";
  return listOf(value).some((pattern) => fits(pattern, principal)) ? "no" : "yes";
}

function isAmong(all: readonly string[], { principal, account }: Asker): Meant {
  if (all.some((one) => one === "*" || one === account || one.endsWith(`::${account}:root`))) return "yes";
  if (principal === undefined) return all.some((one) => one.startsWith("arn:")) ? "perhaps" : "no";
  return all.includes(principal) ? "yes" : "no";
}

function names(value: unknown): readonly string[] {
  return isObject(value) ? listOf(value["AWS"]) : listOf(value);
}

function listOf(value: unknown): readonly string[] {
  return [value].flat().filter((one) => typeof one === "string");
}

/** `*` for any text, `?` for one letter. Goes back to the last star alone. */
function fits(pattern: string, text: string): boolean {
  let [at, star, from] = [0, -1, 0];
  for (let index = 0; index < text.length; ) {
    if (pattern[at] === "*") {
      star = at;
      from = index;
      at += 1;
    } else if (pattern[at] === "?" || pattern[at] === text[index]) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      from += 1;
      index = from;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
