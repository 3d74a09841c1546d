import { describe, expect, test } from "vitest";
import type { ImageEvidence } from "../../../shared/domain/evidence.ts";
import type { Vouched } from "../../../shared/domain/vouched.ts";
import { BUNDLE_TYPE, bundleOf, bytesOf, OTHER_IMAGE, type Signer } from "../../fixtures/cosign.ts";
import {
  attach,
  attest,
  attestTagged,
  eachWithAnImage,
  gathered,
  layout,
  OPENVEX,
  POLICY,
  release,
  SPDX,
  statement,
  stranger,
  VEX,
  vendor,
} from "./world.ts";

eachWithAnImage();

const names = (told: readonly Vouched[]) => told.map(({ signedBy = [] }) => signedBy.flatMap((voucher) => voucher.names));

function vouchersIn({ attestations, vex, inventory }: ImageEvidence) {
  return {
    attestations: attestations.kind === "examined" ? names(attestations.statements) : attestations.kind,
    vex: vex.kind === "examined" ? names(vex.statements) : vex.kind,
    inventory: inventory.kind === "reported" ? names(inventory.inventories) : inventory.kind,
  };
}

describe("a VEX document in a signed statement", () => {
  test("counts where whom the policy trusts with it has signed it", async () => {
    await attest(vendor, statement(OPENVEX, VEX));
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toMatchObject({ attestations: [["vendor"]], vex: [["vendor"]] });
    expect(verdict).toBe("compliant");
  });

  test.each([
    ["a stranger", () => stranger, [[]]],
    ["somebody trusted, but not with VEX", () => release, [["release"]]],
  ])("does not count where %s has signed it", async (_, signer, vex) => {
    await attest(signer(), statement(OPENVEX, VEX));
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toMatchObject({ vex });
    expect(verdict).toBe("violating");
  });

  test("does not count where nobody signed it", async () => {
    await attach(await layout.blob(JSON.stringify(VEX), "application/openvex+json"), "application/openvex+json");
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toMatchObject({ vex: [[]] });
    expect(verdict).toBe("violating");
  });

  test("does not count where its signature is of another statement", async () => {
    const [bundle, other] = [bundleOf(vendor, statement(OPENVEX, { ...VEX, statements: [] })), bundleOf(stranger, statement(OPENVEX, VEX))];
    const swapped = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: other.dsseEnvelope.payload } };
    await attach(await layout.blob(bytesOf(swapped), BUNDLE_TYPE), BUNDLE_TYPE);
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toMatchObject({ vex: [[]] });
    expect(verdict).toBe("violating");
  });

  test("is not even read where it is about another image, whoever signed it (T30)", async () => {
    await attest(vendor, statement(OPENVEX, VEX, OTHER_IMAGE));
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toMatchObject({ attestations: [], vex: [] });
    expect(verdict).toBe("violating");
  });

  test("does not count where the policy ignores its signer", async () => {
    await attest(vendor, statement(OPENVEX, VEX));
    const text = POLICY.replace("findings:", "  ignored: [{ signer: vendor, reason: leaked }]\nfindings:");
    expect((await gathered(text)).verdict).toBe("violating");
  });
});

test.each([
  ["by its name alone", { name: "registry.example/shop/api" }],
  ["by a digest of another kind alone", { name: "api", digest: { sha1: "ab".repeat(20), gitCommit: "cd".repeat(20) } }],
])("T36: a statement that names the image %s is not about it", async (_, subject) => {
  await attest(vendor, { ...statement(OPENVEX, VEX), subject: [subject] });
  const { evidence, verdict } = await gathered();
  expect(vouchersIn(evidence)).toMatchObject({ attestations: [], vex: [] });
  expect(verdict).toBe("violating");
});

describe("several statements", () => {
  test("in one manifest are each vouched for by their own signature, and a bad one hides none", async () => {
    const envelope = (signer: Signer, content: object) => bundleOf(signer, content).dsseEnvelope;
    await attestTagged(
      envelope(stranger, statement("https://spdx.dev/Document", SPDX)),
      envelope(vendor, statement(OPENVEX, VEX)),
      envelope(release, statement("https://example.com/test/v1", { result: "PASSED" })),
    );
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toEqual({ attestations: [[], ["vendor"], ["release"]], vex: [["vendor"]], inventory: [[]] });
    expect(verdict).toBe("compliant");
  });

  test("of one text have everybody who signed it", async () => {
    const sbom = statement("https://spdx.dev/Document", SPDX);
    await attest(release, sbom);
    await attest(vendor, sbom);
    const { evidence } = await gathered();
    const all = ["release", "vendor"];
    expect(vouchersIn(evidence).attestations).toHaveLength(2);
    expect(
      [vouchersIn(evidence).attestations, vouchersIn(evidence).inventory]
        .flat()
        .map((each) => (Array.isArray(each) ? each.toSorted() : each)),
    ).toEqual([all, all, all, all]);
  });

  test("of more types than anybody attaches hide none that was signed", async () => {
    for (let at = 0; at < 12; at += 1) await attest(stranger, statement(`https://example.com/${at}`, {}));
    await attest(vendor, statement(OPENVEX, VEX));
    expect((await gathered()).verdict).toBe("compliant");
  });
});

describe("T31: an envelope", () => {
  test("with no signature is signed by nobody", async () => {
    const bundle = bundleOf(vendor, statement(OPENVEX, VEX));
    const bare = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, signatures: [] } };
    await attach(await layout.blob(bytesOf(bare), BUNDLE_TYPE), BUNDLE_TYPE);
    expect((await gathered()).verdict).toBe("violating");
  });

  test("that hides another one in a member that its format does not have vouches for neither", async () => {
    const [outer, inner] = [bundleOf(vendor, statement("https://example.com/test/v1", {})), bundleOf(stranger, statement(OPENVEX, VEX))];
    await attestTagged({ ...outer.dsseEnvelope, dsseEnvelope: inner.dsseEnvelope });
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence).vex).toEqual([[]]);
    expect(verdict).toBe("violating");
  });
});
