import { describe, expect, test } from "vitest";
import { parseDigest } from "../../../shared/domain/digest.ts";
import { parseRegistryHost, parseTag } from "../../../shared/domain/image-ref.ts";
import { openWords, type Probe } from "../../../shared/domain/probe.ts";
import { provenStrength } from "../../../shared/domain/proven-strength.ts";

const DIGEST = parseDigest(`sha256:${"a".repeat(64)}`);
const CHILD = parseDigest(`sha256:${"b".repeat(64)}`);
const HOST = parseRegistryHost("registry.example");
const REPLICA = { host: parseRegistryHost("eu.example"), isReplica: true } as const;

const byTag = (answer: Probe["answer"], more: Partial<Probe> = {}): Probe => ({
  way: "tag",
  host: HOST,
  reference: parseTag("1.0"),
  answer,
  ...more,
});
const byDigest = (answer: Probe["answer"], more: Partial<Probe> = {}): Probe => ({
  ...byTag(answer),
  way: "digest",
  reference: DIGEST,
  ...more,
});
const byChild = (answer: Probe["answer"]): Probe => ({ ...byTag(answer), way: "index", reference: CHILD });

describe("the strength of a hold is what its probes prove", () => {
  const shut = [byTag("refused"), byDigest("refused"), byChild("refused")];
  test.each<readonly [string, readonly Probe[], string]>([
    ["every way is shut", shut, "hidden"],
    ["the digest serves", [byTag("refused"), byDigest("served")], "untagged"],
    ["a child serves", [byTag("refused"), byDigest("refused"), byChild("served")], "untagged"],
    ["a tag serves", [byTag("served"), byDigest("refused")], "advisory"],
    ["a replica serves by digest", [...shut, byDigest("served", REPLICA)], "untagged"],
    ["a replica serves by tag", [...shut, byTag("served", REPLICA)], "advisory"],
    ["a replica could not be asked", [...shut, byTag("unknown", { ...REPLICA, why: "timeout" })], "hidden"],
    ["the registry itself could not be asked by tag: nothing is proven", [byTag("unknown"), byDigest("refused")], "advisory"],
    ["nor by digest", [byTag("refused"), byDigest("unknown")], "untagged"],
  ])("%s", (_, probes, strength) => {
    expect(provenStrength("hidden", probes)).toBe(strength);
  });

  test("a native block that shuts every way is a block; less than was declared may turn out to be more", () => {
    expect(provenStrength("blocked", shut)).toBe("blocked");
    expect(provenStrength("untagged", shut)).toBe("hidden");
  });
});

test("what serves still and what is not known is said, a replica once", () => {
  const words = openWords([
    byTag("refused"),
    byDigest("served"),
    byTag("served", REPLICA),
    byDigest("unknown", { ...REPLICA, why: "timeout" }),
    byDigest("unknown", { host: parseRegistryHost("us.example"), isReplica: true, why: "no answer" }),
  ]);
  expect(words).toEqual([
    "its digest pulls still",
    "replica eu.example serves it still",
    "whether replica us.example serves it still is not known: no answer",
  ]);
});
