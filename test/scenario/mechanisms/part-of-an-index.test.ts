import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Built, buildIndex } from "../../../functions/local/samples/image.ts";
import { signImage } from "../../../functions/local/samples/sign.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { OCI_INDEX } from "../../../shared/domain/manifest.ts";
import { ROWS, VENDOR_ROWS } from "../../contract/registry-row.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { present } from "../../fixtures/present.ts";
import { insistOnPush } from "../../running/push.ts";
import { startVendorGate, type VendorGate } from "./world.ts";

/** A release as build tools make it: each platform under a tag of its own, an index of them, and a signature on the index alone. */

const PART = imageNamed("unsigned");
const INDEX: Built = { manifest: buildIndex([{ image: PART, platform: { os: "linux", architecture: "amd64" } }]), blobs: [] };
const CREATED = "2026-01-01T00:00:00Z";
const HOUR = 3_600_000;

// One of each strength; the contract suite has all.
const KINDS: readonly unknown[] = ["archive", "untag"];

describe.each([present(ROWS[0]), ...VENDOR_ROWS.filter(({ vendor }) => KINDS.includes(vendor?.kind))])("$name", (row) => {
  let gate: VendorGate;
  let part: ImageKey;
  let index: ImageKey;
  beforeEach(async () => {
    gate = await startVendorGate(row);
    part = gate.world.key("shop/api", PART.manifest);
    index = gate.world.key("shop/api", INDEX.manifest);
  });
  afterEach(() => gate.stop());

  async function push(built: Built, tag?: string): Promise<void> {
    const target = { address: () => gate.world.served.host, repository: "shop/api", giveUpAt: Date.now() + 10_000 };
    await insistOnPush(target, built, tag);
  }

  /** The platform first, as it is built. */
  async function pushRelease(): Promise<void> {
    await push(PART, "1.0-amd64");
    await push(INDEX, "1.0");
    await push(signImage(gate.key, INDEX.manifest, CREATED));
    await inTime();
  }

  async function inTime(): Promise<void> {
    await gate.settle();
    for (let turn = 0; turn < 4; turn += 1) {
      gate.pass(HOUR);
      await gate.sweep();
      await gate.settle();
    }
  }

  async function pulls(reference: string): Promise<boolean> {
    const headers = { accept: `${PART.manifest.mediaType}, ${OCI_INDEX}` };
    return (await gate.world.served.send("GET", `/v2/shop/api/manifests/${reference}`, { headers })).status === 200;
  }

  async function ways(): Promise<readonly boolean[]> {
    return Promise.all(["1.0", part.digest, "1.0-amd64"].map(pulls));
  }

  test("what violates under its own tag alone is taken by that tag, and the index that complies stays whole", async () => {
    await pushRelease();
    expect(await gate.record(part)).toMatchObject({ verdict: { kind: "violating" }, hold: { kind: "held", strength: "untagged" } });
    expect(await gate.record(index)).toMatchObject({ verdict: { kind: "compliant" }, hold: { kind: "free" } });
    expect(await ways()).toEqual([true, true, false]);
  });

  test("its tag comes back when it complies", async () => {
    await pushRelease();
    await push(signImage(gate.key, PART.manifest, CREATED));
    await inTime();
    expect(await gate.record(part)).toMatchObject({ verdict: { kind: "compliant" }, hold: { kind: "free" } });
    expect(await ways()).toEqual([true, true, true]);
    expect((await gate.world.served.contents("quarantine/shop/api")).manifests).toEqual([]);
  });

  test("what was held whole before the index came is left to the index, but for its tag", async () => {
    await push(PART, "1.0-amd64");
    await inTime();
    await push(PART);
    await push(INDEX, "1.0");
    await push(signImage(gate.key, INDEX.manifest, CREATED));
    await inTime();
    expect(await gate.record(part)).toMatchObject({ hold: { kind: "held", strength: "untagged" } });
    expect(await ways()).toEqual([true, true, false]);
  });

  test("with the index gone it is held as hard as the registry can", async () => {
    await pushRelease();
    await gate.world.served.send("DELETE", `/v2/shop/api/manifests/${index.digest}`);
    await inTime();
    const { strength } = gate.world.registry.capabilities.hold;
    const { presence, hold } = await gate.record(part);
    // One product drops what has neither a tag nor an index.
    expect(presence === "gone" || (hold.kind === "held" && hold.strength === strength)).toBe(true);
    expect(await pulls(part.digest)).toBe(strength === "untagged");
    expect(await pulls("1.0-amd64")).toBe(false);
  });
});
