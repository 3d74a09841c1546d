import * as z from "zod";
import { ParseError } from "../domain/parse-error.ts";
import { TWO_PEOPLE, type TwoPeople } from "../domain/proposal.ts";
import { ROLES, type Role } from "../domain/role.ts";
import { closed } from "../policy/field.ts";
import type { Environment } from "../runtime/config.ts";
import { readSecret, type Secret } from "../runtime/secret.ts";

/** Somebody who may ask something of the gate. */
export interface Person {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Two while one is replaced by the other. */
  readonly tokens: readonly Secret[];
}

/** Whoever has the token of the state folder: one person more, with every role. */
export const OWN_TOKEN_NAME = "operator";
/** Names that the journal uses for others: the gate itself, and the token of its state folder. */
const TAKEN = ["moorgate", OWN_TOKEN_NAME];

const reference = z.string().regex(/^(env|file):.+$/, { error: "write env:NAME or file:PATH; a token must not stand in this file" });

const PERSON = z.lazy(() =>
  closed({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, { error: "use letters, digits, dots, dashes and @; at most 64" })
      .refine((name) => !TAKEN.includes(name.toLowerCase()), { error: `take another name: the journal uses ${TAKEN.join(" and ")} itself` })
      .describe("Stands in the journal with all that is done with the token."),
    token: z
      .union([reference, z.array(reference).min(1).max(2)], {
        error: "write env:NAME or file:PATH, or a list of two while one is replaced",
      })
      .describe("Where the access token is, at least 16 characters: openssl rand -hex 24. Two while one is replaced."),
    roles: z
      .array(z.enum(ROLES, { error: `write ${ROLES.join(", ")}` }))
      .min(1, { error: `name at least one of ${ROLES.join(", ")}` })
      .describe(
        "reader: look. operator: look and act. approver: look and confirm what another person asked for. reporter: tell where images run.",
      ),
  }),
);

export const PEOPLE = z
  .array(PERSON)
  .refine((people) => areDifferent(people.map(({ name }) => name.toLowerCase())), { error: "name each person once" })
  .default([]);

export const FOUR_EYES = z
  .array(z.enum(TWO_PEOPLE, { error: `write ${TWO_PEOPLE.join(", ")}` }))
  .default([])
  .describe(
    "What takes two people: one who asks for it, and another who has the role approver. brake-approve: any run that was stopped goes on. resume. delete, emergency: such a run stops before its first act, and goes on where two agree.",
  );

/** @throws ParseError where nobody could ever confirm what takes two people. */
export function fourEyesOf(acts: readonly TwoPeople[], people: readonly Person[], place: string): readonly TwoPeople[] {
  const canBeTwo = people.some(({ roles }) => roles.includes("approver") || roles.includes("operator"));
  if (acts.length === 0 || canBeTwo) return acts;
  throw new ParseError(place, "nobody could confirm what takes two people", "name an operator and an approver under people");
}

/** @throws ParseError on a token that is not there, or that two people have: the journal could not tell them apart. */
export function peopleOf(
  entries: z.output<typeof PEOPLE>,
  environment: Environment,
  place: (...path: readonly PropertyKey[]) => string,
): readonly Person[] {
  const people = entries.map(({ name, token, roles }, index): Person => {
    const references = typeof token === "string" ? [token] : token;
    return { name, roles, tokens: references.map((each) => readSecret(each, environment, place(index, "token"))) };
  });
  if (!areDifferent(people.flatMap(({ tokens }) => tokens.map((token) => token.reveal()))))
    throw new ParseError(place(), "two of the tokens are the same", "give each person a token of their own: openssl rand -hex 24");
  return people;
}

function areDifferent(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}
