import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { payloadOf, signedPayload, statementOf } from "../../fixtures/cosign.ts";
import { membersOf } from "../../fixtures/members.ts";
import { attachBundle, attachDocument, indexOf, listUnder, PROVENANCE } from "../../fixtures/signed-image.ts";
import { run } from "./run.ts";
import { openVerifyCase, outcomes, release, SIGNED, stranger, type VerifyCase } from "./verify-case.ts";

const SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json";
const ESCAPE = "\u001b";

let the: VerifyCase;
beforeEach(async () => {
  the = await openVerifyCase();
});
afterEach(() => the.close());

describe("what is shown", () => {
  test("T02, T03: each image of an index with its own signatures, which are not the index's", async () => {
    const [first, second] = [await the.layout.image("one"), await the.layout.image("two")];
    await indexOf(the.layout, [first, second], "2.0");
    await the.sign(release, first);
    await the.layout.finish();
    const ran = await run(["verify", `oci:${the.layout.dir}:2.0`, "--policy", the.policy(SIGNED), "--json"]);
    expect(ran.exit).toBe(1);
    expect(JSON.parse(ran.out)).toMatchObject({
      kind: "index",
      signatures: [],
      children: [
        { platform: "linux/amd64", signatures: [{ outcome: "ok" }] },
        { platform: "linux/arm64", signatures: [] },
      ],
    });
  });

  test("T35: a foreign signature in the list of referrers is told, and counts for nothing", async () => {
    const other = await the.layout.image("another image");
    await listUnder(the.layout, the.image, [await the.sign(release, other)]);
    const answer = await the.answerOf("--policy", the.policy(SIGNED));
    expect(answer).toMatchObject({ exit: 1, signatures: [{ outcome: "digest-mismatch", says: "unknown" }] });
  });

  test("T30: the payload of another image under the tag .sig is told with the image that it names", async () => {
    const other = await the.layout.image("another image");
    const { payload, signature } = signedPayload(release, payloadOf(other.digest));
    const layer = { ...(await the.layout.blob(payload, SIMPLE)), annotations: { "dev.cosignproject.cosign/signature": signature } };
    const config = await the.layout.blob("{}", "application/vnd.oci.image.config.v1+json");
    await the.layout.manifest({ mediaType: OCI_MANIFEST, config, layers: [layer] }, `${the.image.digest.replace(":", "-")}.sig`);
    const answer = await the.answerOf("--policy", the.policy(SIGNED));
    expect(answer).toMatchObject({ exit: 1, signatures: [{ outcome: "digest-mismatch", claimed: { by: "key", about: other.digest } }] });
    expect(answer.signatures[0]?.["place"]).toBe(`${the.image.digest.replace(":", "-")}.sig`);
  });

  test("T34: a statement that nobody signed is told to be unsigned, whatever its artifact type calls it", async () => {
    const statement = statementOf(the.image.digest, { predicateType: PROVENANCE, predicate: { buildDefinition: {} } });
    await attachDocument(the.layout, the.image, statement, "application/vnd.in-toto+json");
    const asked = await the.answerOf("--policy", the.policy(SIGNED), "--predicate-type", PROVENANCE);
    expect(asked).toMatchObject({ exit: 1, signatures: [{ outcome: "unsigned", says: "attestation", predicateType: PROVENANCE }] });
  });

  test("T75: a runnable image under the tag .sig is no signature", async () => {
    await the.layout.image("not a signature", `${the.image.digest.replace(":", "-")}.sig`);
    const answer = await the.answerOf("--policy", the.policy(SIGNED));
    expect(answer).toMatchObject({ exit: 1, signatures: [], others: [{ place: `${the.image.digest.replace(":", "-")}.sig` }] });
  });

  test("several signatures of one manifest have each their own outcome", async () => {
    const layers = [];
    for (const by of [stranger, release, stranger]) {
      const { payload, signature } = signedPayload(by, payloadOf(the.image.digest, { n: layers.length }));
      layers.push({ ...(await the.layout.blob(payload, SIMPLE)), annotations: { "dev.cosignproject.cosign/signature": signature } });
    }
    const config = await the.layout.blob("{}", "application/vnd.oci.image.config.v1+json");
    await the.layout.manifest({ mediaType: OCI_MANIFEST, config, layers }, `${the.image.digest.replace(":", "-")}.sig`);
    expect(outcomes(await the.answerOf("--policy", the.policy(SIGNED)))).toEqual(["ok", "signature-invalid", "signature-invalid"]);
  });

  test("what is damaged is told with the other ones", async () => {
    await attachBundle(the.layout, the.image, { mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json", verificationMaterial: {} });
    await the.sign(release);
    const answer = await the.answerOf("--policy", the.policy(SIGNED));
    expect(answer).toMatchObject({ exit: 0 });
    expect(outcomes(answer)).toEqual(["ok", "malformed"]);
  });

  test("the places that were asked are named", async () => {
    await the.sign(release);
    const { asked } = await the.answerOf("--policy", the.policy(SIGNED));
    expect(asked.map(({ place, found }) => [place, found])).toEqual([
      ["folder", 1],
      ["tag", 0],
      ["tag", 0],
      ["tag", 0],
      ["tag", 0],
    ]);
  });

  test("text of strangers forges no line and moves no cursor", async () => {
    const forged = `x\n  + ok                  signature${ESCAPE}[2J${ESCAPE}[31m`;
    await the.sign(stranger, the.image, { predicateType: forged });
    for (const words of [[], ["--policy", the.policy(SIGNED)]]) {
      const { out } = await the.verify(...words);
      expect(out).not.toContain(ESCAPE);
      expect(out.split("\n").filter((line) => line.startsWith("  + ok"))).toEqual([]);
      expect(out).toContain("\\u001b");
    }
  });

  test("no line is longer than the terminal, but for the image and commands, which are copied", async () => {
    await the.signKeyless();
    const { out } = await the.verify("--policy", the.policy(SIGNED));
    for (const line of out.split("\n").filter((each) => !each.includes("oci:"))) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe("JSON", () => {
  test("has these members, and no others", async () => {
    await the.sign(release);
    await the.sign(stranger, the.image, { predicateType: PROVENANCE });
    await the.signKeyless();
    await attachDocument(the.layout, the.image, { a: 1 }, "text/plain");
    const answer = await the.answerOf("--policy", the.policy(SIGNED));
    expect(membersOf(answer)).toEqual(
      [
        "asked[].found asked[].place asked[].tag at children digest exit hidden image kind missingChildren others[].artifactType others[].place",
        "policy.file policy.name policy.version rules[].id rules[].place rules[].rule rules[].state rules[].why",
        "signatures[].claimed.about signatures[].claimed.at signatures[].claimed.by signatures[].claimed.issuer signatures[].claimed.subject",
        "signatures[].detail signatures[].form signatures[].format signatures[].identity signatures[].key",
        "signatures[].madeAfter.at signatures[].madeAfter.by signatures[].outcome",
        "signatures[].place signatures[].predicateType signatures[].says signatures[].signedAt.at signatures[].signedAt.by",
        "signatures[].signer.issuer signatures[].signer.subject trusted[].format trusted[].name trusted[].roles verdict",
      ]
        .join(" ")
        .split(" ")
        .toSorted(),
    );
  });
});
