import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PROVENANCE } from "../../fixtures/signed-image.ts";
import { ISSUER, SUBJECT } from "../../fixtures/sigstore.ts";
import { run } from "./run.ts";
import { OF_OTHERS, openVerifyCase, outcomes, release, SIGNED, stranger, TRUST, type VerifyCase } from "./verify-case.ts";

let the: VerifyCase;
beforeEach(async () => {
  the = await openVerifyCase();
});
afterEach(() => the.close());

describe("whether it is enough", () => {
  test("a signature that the policy demands is enough, whoever else has signed", async () => {
    await the.sign(stranger);
    await the.sign(release);
    const answer = await the.answerOf("--policy", the.policy(SIGNED));
    expect(answer).toMatchObject({ exit: 0, verdict: "enough", rules: [{ id: "signed", state: "met" }] });
    expect(outcomes(answer)).toEqual(["ok", "signature-invalid"]);
    expect(answer.signatures[0]).toMatchObject({ identity: "release", says: "signature", form: "bundle" });
    expect(answer.signatures[1]).not.toHaveProperty("identity");
  });

  test("a good signature of somebody whom no rule asks for is not", async () => {
    await the.signKeyless();
    const answer = await the.answerOf("--policy", the.policy(SIGNED));
    expect(answer).toMatchObject({ exit: 1, verdict: "not-enough", rules: [{ state: "not-met" }] });
    expect(answer.signatures[0]).toMatchObject({ outcome: "ok", identity: "ci", signer: { issuer: ISSUER, subject: SUBJECT } });
  });

  test("an attestation is no signature, however good", async () => {
    await the.sign(release, the.image, { predicateType: PROVENANCE });
    const answer = await the.answerOf("--policy", the.policy(SIGNED));
    expect(answer).toMatchObject({ exit: 1, verdict: "not-enough" });
    expect(answer.signatures).toMatchObject([{ outcome: "ok", says: "attestation", predicateType: PROVENANCE }]);
  });

  test.each([
    ["warns", "level: warn"],
    ["is enforced later", "enforceFrom: 2099-01-01"],
    ["asks images of a later day alone", "from: 2099-01-01"],
  ])("a rule that %s counts in full", async (_, field) => {
    await the.sign(stranger);
    expect(await the.answerOf("--policy", the.policy(SIGNED.replace(" }", `, ${field} }`)))).toMatchObject({
      exit: 1,
      rules: [{ state: "not-met" }],
    });
  });

  test("a rule for images of a later day alone is asked by check as well: nobody has seen the image before", async () => {
    await the.sign(stranger);
    await the.layout.finish();
    const ran = await run(["check", `oci:${the.layout.dir}:1.0`, "--policy", the.policy(SIGNED.replace(" }", ", from: 2020-01-01 }"))]);
    expect(ran.exit).toBe(1);
  });

  test("where no rule is for the the.image, somebody who is trusted has to have signed", async () => {
    expect(await the.answerOf("--policy", the.policy(OF_OTHERS))).toMatchObject({
      exit: 1,
      rules: [{ rule: "signature-required", state: "not-met" }],
    });
    await the.sign(release);
    const answer = await the.answerOf("--policy", the.policy(OF_OTHERS));
    expect(answer).toMatchObject({ exit: 0, verdict: "enough" });
    expect(answer.rules[0]).not.toHaveProperty("place");
  });

  test("where several have to sign, one is not enough, and a stranger is none of them", async () => {
    await the.sign(stranger);
    const two = the.policy("  - { id: two, rule: signature-required, need: 2 }\n");
    await the.sign(release);
    expect(await the.answerOf("--policy", two)).toMatchObject({ exit: 1 });
    await the.signKeyless();
    expect(await the.answerOf("--policy", two)).toMatchObject({ exit: 0 });
  });

  test("--key demands that key, with a policy and without", async () => {
    await the.sign(stranger);
    expect(await the.answerOf("--key", the.at("stranger.pub"))).toMatchObject({ exit: 0, verdict: "enough" });
    expect(await the.answerOf("--key", the.at("release.pub"))).toMatchObject({ exit: 1 });
    expect(await the.answerOf("--policy", the.policy(SIGNED), "--key", the.at("stranger.pub"))).toMatchObject({ exit: 1 });
  });

  test("--predicate-type demands an attestation of this type, and counts what it hides", async () => {
    await the.sign(release);
    await the.sign(stranger, the.image, { predicateType: PROVENANCE });
    const asked = ["--policy", the.policy(SIGNED), "--predicate-type", PROVENANCE] as const;
    expect(await the.answerOf(...asked)).toMatchObject({ exit: 1, hidden: 1, signatures: [{ predicateType: PROVENANCE }] });
    await the.sign(release, the.image, { predicateType: PROVENANCE });
    expect(await the.answerOf(...asked)).toMatchObject({ exit: 0, rules: [{ rule: "attestation-required", state: "met" }] });
  });

  test("--predicate-type with --key demands it of that key, whomever the policy trusts", async () => {
    await the.sign(release, the.image, { predicateType: PROVENANCE });
    const asked = ["--policy", the.policy(SIGNED), "--predicate-type", PROVENANCE, "--key"] as const;
    expect(await the.answerOf(...asked, the.at("stranger.pub"))).toMatchObject({ exit: 1, rules: [{ place: "--key", state: "not-met" }] });
    await the.sign(stranger, the.image, { predicateType: PROVENANCE });
    expect(await the.answerOf(...asked, the.at("stranger.pub"))).toMatchObject({ exit: 0 });
    expect((await the.verify("--policy", the.policy(SIGNED), "--predicate-type", "")).exit).toBe(3);
  });

  test("--at judges by the clock of that day", async () => {
    await the.signKeyless();
    const young = the.policy("  - { id: young, rule: signature-required, signers: [ci], maxAge: 30d }\n");
    expect(await the.answerOf("--policy", young, "--at", "2026-06-10")).toMatchObject({ exit: 0, at: "2026-06-10T23:59:59.999Z" });
    expect(await the.answerOf("--policy", young, "--at", "2026-08-10")).toMatchObject({ exit: 1 });
    expect((await the.verify("--policy", young, "--at", "soon")).exit).toBe(3);
  });

  test("what the policy ignores is told with its reason, and counts for nothing", async () => {
    await the.sign(release);
    const leaked = the.policy(SIGNED, `${TRUST}  ignored: [{ signer: release, reason: leaked in May }]\n`);
    const answer = await the.answerOf("--policy", leaked);
    expect(answer).toMatchObject({ exit: 1, signatures: [{ outcome: "ignored" }] });
    expect(answer.signatures[0]?.["detail"]).toContain("leaked in May");
  });
});

describe("where nobody is trusted", () => {
  test("everything is listed as a claim, nothing as verified, and the exit says that it is not known", async () => {
    await the.sign(release);
    await the.signKeyless();
    const answer = await the.answerOf();
    expect(answer).toMatchObject({ exit: 2, verdict: "nobody-trusted", rules: [] });
    expect(outcomes(answer)).toEqual(["not-verified", "not-verified"]);
    const claimed = answer.signatures.map((each) => each["claimed"]);
    expect(claimed).toContainEqual(expect.objectContaining({ by: "certificate", issuer: ISSUER, subject: SUBJECT }));
    expect(claimed).toContainEqual(expect.objectContaining({ by: "key", about: the.image.digest }));
    for (const each of answer.signatures) expect(Object.keys(each)).not.toContain("identity");
    for (const each of answer.signatures) expect(Object.keys(each)).not.toContain("signer");
  });

  test("a policy that demands nothing of signatures and trusts nobody proves nothing either", async () => {
    await the.sign(release);
    expect(await the.answerOf("--policy", the.policy(OF_OTHERS, ""))).toMatchObject({
      exit: 2,
      verdict: "nobody-trusted",
      policy: { name: "signed" },
    });
  });
});
