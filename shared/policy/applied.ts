import type { ImageEvidence } from "../domain/evidence.ts";
import type { Instant } from "../domain/time.ts";
import type { Level } from "../domain/verdict.ts";
import type { Policy, PolicyRule } from "./document.ts";
import { type Fit, fitOf, labelsOf, type Selectable, type Selector } from "./fit.ts";
import { RANKS } from "./layer.ts";
import type { Target } from "./select.ts";

/** A rule that is for an image. */
export interface AppliedRule {
  readonly rule: PolicyRule;
  /** As written; warn until the day from which it is enforced. */
  readonly level: Level;
  /** When it gets enforced; absent where it is, or never will be. */
  readonly enforceFrom?: Instant;
  /** Why it is for the image; absent where it is for every image. */
  readonly because?: string;
}

/**
 * The rules that are for an image. A rule is for it where both the scope of its file and its own `select` fit. Of rules with the same id those of
 * the narrowest file that fits wholly are taken, in the order organisation, registry, repository, team; two files of one rank that both fit both
 * count. A narrower file that fits only partly adds its rules and replaces none. So no tag, platform or unreadable label ever takes a rule away.
 */
export function rulesFor(policy: Policy, target: Target, evidence: ImageEvidence, now: Instant): readonly AppliedRule[] {
  const image: Selectable = { target, labels: needsLabels(policy) ? labelsOf(evidence) : [], teams: policy.teams };
  const fitting = policy.rules.flatMap((rule) => {
    const fit = fitOfRule(rule, image);
    return fit === "no" ? [] : [{ rule, fit }];
  });
  if (policy.layers.length === 0) return fitting.map(({ rule }) => applied(rule, [], now));
  const byId = Map.groupBy(fitting, ({ rule }) => rule.id);
  return fitting.flatMap(({ rule, fit }) => {
    const others = byId.get(rule.id) ?? [];
    const winning = Math.max(-1, ...others.flatMap((other) => (other.fit === "yes" ? [rankIndex(other.rule)] : [])));
    if (rankIndex(rule) < winning) return [];
    const isWinner = fit === "yes" && rankIndex(rule) === winning;
    return [applied(rule, isWinner ? others.flatMap((other) => (rankIndex(other.rule) < winning ? [other.rule] : [])) : [], now)];
  });
}

function applied(rule: PolicyRule, replaced: readonly PolicyRule[], now: Instant): AppliedRule {
  const { level, enforceFrom } = rule;
  const because = reasonFor(rule, replaced);
  const told = because === "" ? {} : { because };
  return level === "enforce" && enforceFrom !== undefined && now < enforceFrom
    ? { rule, level: "warn", enforceFrom, ...told }
    : { rule, level, ...told };
}

function reasonFor({ select, layer }: PolicyRule, replaced: readonly PolicyRule[]): string {
  const fits = [
    layer === undefined ? "" : `${layer.file} is for ${words(layer.scope)}`,
    isEmpty(select) ? "" : `the rule is for ${words(select)}`,
  ];
  const instead = replaced.length === 0 ? "" : `instead of ${replaced.map(({ place }) => place).join(", ")}`;
  return [...fits, instead].filter((text) => text !== "").join("; ");
}

function isEmpty(selector: Selector): boolean {
  return Object.values(selector).every((given) => given === undefined);
}

function words({ registry, repository, tag, labels, team }: Selector): string {
  const labelled = Object.entries(labels ?? {}).map(([name, values]) => `${name}=${values.join(" or ")}`);
  const parts: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["registry", registry],
    ["repository", repository],
    ["tag", tag],
    ["team", team],
  ];
  return [
    ...parts.flatMap(([noun, patterns]) => (patterns === undefined ? [] : [`${noun} ${patterns.join(" or ")}`])),
    ...labelled.map((label) => `label ${label}`),
  ].join(", ");
}

function fitOfRule({ select, layer }: PolicyRule, image: Selectable): Fit {
  const [own, whole] = [fitOf(select, image), layer === undefined ? "yes" : fitOf(layer.scope, image)];
  if (own === "no" || whole === "no") return "no";
  return own === "yes" && whole === "yes" ? "yes" : "partly";
}

function rankIndex({ layer }: PolicyRule): number {
  return layer === undefined ? 0 : RANKS.indexOf(layer.rank);
}

/** Reading labels of every image costs, and few policies ask for them. */
function needsLabels({ rules, teams, layers }: Policy): boolean {
  const selectors: readonly Selector[] = [...rules.map(({ select }) => select), ...teams, ...layers.map(({ scope }) => scope)];
  return selectors.some(({ labels }) => labels !== undefined);
}
