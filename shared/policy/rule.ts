import * as z from "zod";
import type { ImageEvidence } from "../domain/evidence.ts";
import type { PackageRef } from "../domain/finding.ts";
import type { Severity } from "../domain/severity.ts";
import type { ThreatFacts } from "../domain/threat.ts";
import type { Instant } from "../domain/time.ts";
import type { ReasonStatus } from "../domain/verdict.ts";
import { COMMON_FIELDS, closed } from "./field.ts";
import type { MergedFinding } from "./findings/merge.ts";
import type { FindingSettings } from "./findings/settings.ts";
import type { Target } from "./select.ts";
import type { TrustedSigner } from "./trust/trust.ts";

/** What a rule may look at. */
export interface RuleContext {
  /** Of one image; of the index itself for a rule with the scope `whole`. */
  readonly evidence: ImageEvidence;
  /** The vulnerabilities that count, each once for its package, of all reports that the policy trusts. Merged at the first call, once for all rules. */
  readonly findings: () => readonly MergedFinding[];
  readonly settings: FindingSettings;
  readonly now: Instant;
  /** All whom the policy trusts to sign. */
  readonly trustedSigners: readonly TrustedSigner[];
  /** What the image is called; an index's children are judged under the index's names. */
  readonly target: Target;
  readonly threats: ThreatFacts;
}

/** One thing that speaks against the image, before it is given its rule's name, level and place. */
export interface Fact {
  readonly status: ReasonStatus;
  /** What it is about, stable over time: no version, no age, no count. Makes the reason's key. */
  readonly about: readonly string[];
  readonly message: string;
  readonly remedy: string;
  readonly severity: Severity;
  /** Set wherever the fact is about a vulnerability: waivers are bound to it. */
  readonly finding?: MergedFinding;
  /** The same for a package with no vulnerability (banned, licence). */
  readonly package?: Pick<PackageRef, "name" | "version" | "purl">;
}

export interface Judgement {
  readonly facts: readonly Fact[];
  /** When the same evidence would be judged differently; after now. */
  readonly recheckAt?: Instant;
  /** Why nothing was asked of the image although the rule is for it. */
  readonly notAsked?: string;
}

/** A kind of rule: the schema of what may be set, and a pure function from parameters and evidence to facts. No facts: satisfied. */
export interface Rule<Kind extends string, Shape extends z.ZodRawShape> {
  readonly kind: Kind;
  readonly entry: EntrySchema<Kind, Shape>;
  /** `each-image`: judged on each runnable child of an index. `whole`: judged on the index, and its children need nothing of their own. */
  readonly scope: "each-image" | "whole";
  readonly judge: (params: z.output<z.ZodObject<Shape>>, context: RuleContext) => Judgement;
  /**
   * Whether its violations of an image that was scanned are those of each finding alone, and rest on nothing of the image but that finding: then
   * what it says of a finding is worked out once for all images.
   */
  readonly isByFinding: (params: z.output<z.ZodObject<Shape>>) => boolean;
}

type EntrySchema<Kind extends string, Shape extends z.ZodRawShape> = z.ZodLazy<
  z.ZodObject<typeof COMMON_FIELDS & { readonly rule: z.ZodLiteral<Kind> } & Shape, z.core.$strict>
>;

/** Makes a rule; its parameters stand beside the fields that every rule has. */
export function defineRule<const Kind extends string, Shape extends z.ZodRawShape>(
  rule: Omit<Rule<Kind, Shape>, "entry" | "isByFinding"> &
    Partial<Pick<Rule<Kind, Shape>, "isByFinding">> & { readonly shape: () => Shape; readonly doc: string },
): Rule<Kind, Shape> {
  const { kind, scope, judge, shape, doc, isByFinding = () => false } = rule;
  const entry = z.lazy(() => closed({ ...COMMON_FIELDS, rule: z.literal(kind), ...shape() }).describe(doc));
  // By this it is chosen among all kinds: those that a policy has none of are never made.
  entry._zod.propValues = { rule: new Set([kind]) };
  return { kind, scope, judge, isByFinding, entry };
}

export const SATISFIED: Judgement = { facts: [] };
