import { describe, expect, test } from "vitest";
import type { SignatureEvidence, SignatureFact } from "../../../shared/domain/evidence.ts";
import { withOwnSigning } from "../../../shared/pipeline/gather-signing.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { RegistrySigning, SigningState } from "../../../shared/ports/registry-signing.ts";
import { at, keyOf, NOW } from "../../fixtures/records.ts";

const HOUR = 3_600_000;
const UNSIGNED: SignatureEvidence = { kind: "examined", signatures: [] };
const bad: SignatureFact = { format: "notation", place: "", code: "expired", detail: "" };
const good: SignatureFact = { ...bad, code: "ok", identity: "release" };

interface Asked {
  readonly state?: SigningState;
  readonly found?: SignatureEvidence;
  readonly firstSeenAt?: number;
  readonly trustsNotation?: boolean;
}

async function signed({
  state,
  found = UNSIGNED,
  firstSeenAt = 0,
  trustsNotation = true,
}: Asked): Promise<readonly [SignatureEvidence, number]> {
  let calls = 0;
  const signing: RegistrySigning = {
    async state() {
      calls += 1;
      if (state === undefined) throw new AdapterError("unreachable", "no answer");
      return state;
    },
  };
  const policy = () => ({ trust: { keys: [], ...(trustsNotation ? { notation: { name: "n", policy: "{}", stores: {} } } : {}) } });
  const evidence = await withOwnSigning({ signing, policy }, found, keyOf("x"), { firstSeenAt: at(firstSeenAt) }, NOW);
  return [evidence, calls];
}

const PENDING = { kind: "pending", why: "signing" } as const;

describe("an image without a good signature", () => {
  test("is waited for while the registry signs it", async () => {
    expect(await signed({ state: PENDING })).toEqual([PENDING, 1]);
    expect(await signed({ state: PENDING, found: { kind: "examined", signatures: [bad] } })).toEqual([PENDING, 1]);
  });

  test("is unsigned where the registry says so for an hour and more, and that is said", async () => {
    expect(await signed({ state: PENDING, firstSeenAt: -HOUR })).toEqual([{ ...UNSIGNED, why: "signing" }, 1]);
  });

  test("is unsigned where the registry could not sign it, and that is said", async () => {
    expect(await signed({ state: { kind: "failed", why: "not allowed" } })).toEqual([{ ...UNSIGNED, why: "not allowed" }, 1]);
  });

  test("is unsigned where none is on its way, or nobody can say", async () => {
    expect(await signed({ state: { kind: "none" } })).toEqual([UNSIGNED, 1]);
    expect(await signed({})).toEqual([{ ...UNSIGNED, why: "signing: no answer" }, 1]);
  });
});

test.each<[string, Asked]>([
  ["a good signature is there", { found: { kind: "examined", signatures: [bad, good] } }],
  ["signatures could not be asked for", { found: { kind: "unavailable", why: "" } }],
  ["some could not be asked for", { found: { kind: "partial", signatures: [], why: "" } }],
  ["no signature of that kind would count", { trustsNotation: false }],
])("the registry is not asked where %s", async (_, asked) => {
  expect(await signed({ ...asked, state: PENDING })).toEqual([asked.found ?? UNSIGNED, 0]);
});
