import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Built } from "../../../functions/local/samples/image.ts";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { hold } from "../../../shared/pipeline/operate.ts";
import { VENDOR_ROWS } from "../../contract/registry-row.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { insistOnPush } from "../../running/push.ts";
import { policy } from "../retag/tagged.ts";
import { startVendorGate, type VendorGate } from "./world.ts";

/** Where a held image stays readable by its digest, nothing but its record says that no tag may be pointed at it. */

const CREATED = "2026-01-01T00:00:00Z";
const FIRST = imageNamed("first");
const BAD = imageNamed("bad");

describe.each(VENDOR_ROWS.filter(({ vendor }) => vendor?.kind !== "read-only"))(
  "$name: a tag is not rolled back to an image that",
  (row) => {
    let gate: VendorGate;
    let first: ImageKey;
    beforeEach(async () => {
      gate = await startVendorGate(row, policy("rollBack: [stable]"));
      first = gate.world.key("shop/api", FIRST.manifest);
    });
    afterEach(() => gate.stop());

    function push(image: Built, tag?: string): Promise<void> {
      return insistOnPush({ address: () => gate.world.served.host, repository: "shop/api", giveUpAt: Date.now() + 10_000 }, image, tag);
    }

    const sign = (): Promise<void> => push(signImage(gate.key, FIRST.manifest, CREATED));

    /** The tag moves to what violates, which is held; the first image complies by now. */
    async function moveTag(): Promise<ImageRecord> {
      await push(BAD, "stable");
      await gate.settle();
      return gate.record(gate.world.key("shop/api", BAD.manifest));
    }

    const LEFT = { hold: { kind: "held" }, retagged: { standing: [], left: [{ tag: "stable" }] } } as const;

    test("was mended and is held still, for nobody has told of that", async () => {
      await push(FIRST, "stable");
      await gate.settle();
      await sign();
      gate.lose();
      expect(await gate.record(first)).toMatchObject({ hold: { kind: "held" } });
      expect(await moveTag()).toMatchObject(LEFT);
      expect((await gate.world.served.contents("shop/api")).tags["stable"]).not.toBe(first.digest);
    });

    test("complies and is held by hand", async () => {
      await sign();
      await push(FIRST, "stable");
      await gate.settle();
      expect(await gate.record(first)).toMatchObject({ verdict: { kind: "compliant" } });
      await hold(gate.deps, { image: first, actor: { name: "ann", reason: "INC-12" } });
      expect(await gate.record(first)).toMatchObject({ hold: { kind: "held" } });
      expect(await moveTag()).toMatchObject(LEFT);
      expect((await gate.world.served.contents("shop/api")).tags["stable"]).not.toBe(first.digest);
    });
  },
);
