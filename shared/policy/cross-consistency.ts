import type * as z from "zod";
import { quote } from "../domain/parse-error.ts";
import { nearest } from "./nearest.ts";
import type { Located } from "./place.ts";
import type { Problem } from "./policy-error.ts";
import type { LAYER_DOCUMENT, POLICY_DOCUMENT } from "./schema.ts";
import { type WAIVERS_DOCUMENT, waiverProblems } from "./waivers/document.ts";

type PolicyDocument = z.output<typeof POLICY_DOCUMENT>;
type LayerDocument = z.output<typeof LAYER_DOCUMENT>;
type WaiversDocument = z.output<typeof WAIVERS_DOCUMENT>;

interface Root {
  readonly located: Located;
  readonly document: PolicyDocument;
}

type Other =
  | { readonly kind: "layer"; readonly located: Located; readonly document: LayerDocument }
  | { readonly kind: "waivers"; readonly located: Located; readonly document: WaiversDocument }
  | { readonly kind: "broken" };

/** What the files of a policy demand of each other. Each of them is right in itself. */
export function crossProblems(root: Root, others: readonly Other[]): readonly Problem[] {
  const layers = others.filter((each) => each.kind === "layer");
  const waivers = others.filter((each) => each.kind === "waivers");
  return [
    ...[root, ...layers].flatMap((each) => teamProblems(each, root.document)),
    ...layers.flatMap((layer) => [...scopeProblems(layer), ...lockProblems(layer, root)]),
    ...waivers.flatMap(({ located, document }) => waiverProblems(document.waivers, located, root.document.waivers)),
    ...repeatedWaivers(waivers),
    ...waivers.flatMap((each) =>
      unknownRules(
        each,
        [root, ...layers].flatMap(({ document }) => document.rules.map(({ id }) => id)),
      ),
    ),
  ];
}

function teamProblems(
  { located, document }: { readonly located: Located; readonly document: PolicyDocument | LayerDocument },
  root: PolicyDocument,
) {
  const known = root.teams.map(({ name }) => name);
  const selectors = [
    ...document.rules.map(({ select }, index) => ({ names: select.team, at: ["rules", index, "select", "team"] })),
    ...("scope" in document ? [{ names: document.scope.team, at: ["scope", "team"] }] : []),
  ];
  return selectors.flatMap(({ names, at }) =>
    (names ?? [])
      .filter((team) => !known.includes(team))
      .map((team) => unknownName(located.place(at), team, known, "team", "list it under teams of the policy")),
  );
}

function scopeProblems({
  located,
  document: { scope },
}: {
  readonly located: Located;
  readonly document: LayerDocument;
}): readonly Problem[] {
  if (Object.values(scope).some((given) => given !== undefined)) return [];
  return [
    {
      place: located.place(["scope"]),
      message: "the scope names nothing",
      mend: "name a registry, repository, tag, label or team, or write the rules into the policy itself",
    },
  ];
}

/** Only the policy itself locks: files of one rank have no say over each other. */
function lockProblems(
  { located, document }: { readonly located: Located; readonly document: LayerDocument },
  root: Root,
): readonly Problem[] {
  const locked = new Map(
    root.document.rules.flatMap(({ id, locked: isLocked }, index) =>
      isLocked === true ? [[id, root.located.place(["rules", index])]] : [],
    ),
  );
  return document.rules.flatMap(({ id, locked: isLocked }, index) => [
    ...(locked.has(id)
      ? [
          {
            place: located.place(["rules", index, "id"]),
            message: `the rule ${quote(id)} is locked in ${locked.get(id)}`,
            mend: "give yours another id: it then counts beside the locked one",
          },
        ]
      : []),
    ...(isLocked === true
      ? [{ place: located.place(["rules", index, "locked"]), message: "only the policy itself can lock a rule", mend: "leave locked out" }]
      : []),
  ]);
}

function repeatedWaivers(files: readonly { readonly located: Located; readonly document: WaiversDocument }[]): readonly Problem[] {
  const seen = new Map<string, string>();
  return files.flatMap(({ located, document }) =>
    document.waivers.flatMap(({ id }, index) => {
      const place = located.place(["waivers", index, "id"]);
      const before = seen.get(id);
      if (before !== undefined)
        return [{ place, message: `there is another waiver ${quote(id)} in ${before}`, mend: "give each its own name" }];
      seen.set(id, place);
      return [];
    }),
  );
}

function unknownRules(
  { located, document }: { readonly located: Located; readonly document: WaiversDocument },
  known: readonly string[],
): readonly Problem[] {
  return document.waivers.flatMap(({ scope }, index) =>
    (scope.rules ?? [])
      .filter((id) => !known.includes(id))
      .map((id) => unknownName(located.place(["waivers", index, "scope", "rules"]), id, known, "rule", "name a rule of the policy")),
  );
}

function unknownName(place: string, given: string, known: readonly string[], noun: string, mend: string): Problem {
  const meant = nearest(given, known);
  return {
    place,
    message: `${quote(given)} is no ${noun} of this policy`,
    mend: meant === undefined ? mend : `did you mean ${quote(meant)}?`,
  };
}
