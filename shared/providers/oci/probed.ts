import type { Strength } from "../../domain/action.ts";
import { provenStrength } from "../../domain/proven-strength.ts";
import type { ActResult } from "../../ports/registry.ts";
import { type Act, withRole } from "./act.ts";
import { probe } from "./probe.ts";

const AS_GATE = "no puller is set for this registry: it was probed with the gate's own account, which may see more than others or less";

/** The end of every hold: looks at the image as somebody who pulls it would. `declared` is what the mechanism does where nothing goes wrong. */
export async function probed(act: Act, declared: Strength): Promise<ActResult> {
  const { pullers, action, source, manifests, notes, left, signal } = act;
  const { image, before } = action;
  const children = withRole(manifests, "child")
    .map(({ digest }) => digest)
    .filter((digest) => !left.has(digest));
  const { probes, movedTags } = await probe(pullers, { repository: source, digest: image.digest, tags: before.tags, children }, signal);
  for (const tag of movedTags) notes.push(`tag ${tag} points elsewhere now: left alone`);
  if (pullers[0].isGate) notes.push(AS_GATE);
  return { strength: provenStrength(declared, probes), probes, notes: [...new Set(notes)] };
}
