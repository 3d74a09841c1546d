import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { instant } from "../../../../shared/domain/time.ts";
import type { AwsSignerQuestion, AwsSignerRevocation } from "../../../../shared/ports/notation-trust.ts";
import { openAwsSigner } from "../../../../shared/providers/aws/signer.ts";
import { openSigning } from "../../../../shared/providers/aws/signing.ts";
import { pushImage } from "../../../fakes/pusher.ts";
import { HOST, surroundingsOf } from "../../../fixtures/aws-findings.ts";
import { APP, type AwsWorld, openAwsWorld, START } from "../../fakes-aws/aws-world.ts";

const PROFILE = "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/release";
const MINUTE = 60_000;

let world: AwsWorld;
let now: number;
beforeEach(async () => {
  now = START;
  world = await openAwsWorld();
});
afterEach(() => world.close());

describe("signing by the registry itself", () => {
  beforeEach(() => {
    world.home.state.signing = { rules: [{ signingProfileArn: PROFILE }] };
  });
  const state = async (text = "one") => {
    const { digest } = await pushImage(world.served, APP, text, "1.0");
    const signing = openSigning(
      { host: HOST, aws: { endpoint: world.aws.endpoint } },
      surroundingsOf(world.aws, () => now),
    );
    return signing.state({ registry: HOST, repository: APP, digest });
  };

  test("is pending while it goes on, and names the profile", async () => {
    world.aws.controls.signForMs = MINUTE;
    expect(await state()).toEqual({ kind: "pending", why: expect.stringContaining("release") });
  });

  test("says why there is none where it failed", async () => {
    world.aws.controls.signer = () => ({ status: "FAILED", code: "AccessDenied", reason: "the pusher may not sign" });
    expect(await state()).toEqual({ kind: "failed", why: expect.stringContaining("the pusher may not sign") });
  });

  test("has nothing to say of what is done, or was not to be done", async () => {
    expect(await state()).toEqual({ kind: "none" });
    world.home.state.signing = undefined;
    expect(await state("two")).toEqual({ kind: "none" });
  });
});

describe("what AWS Signer has revoked", () => {
  const QUESTION: AwsSignerQuestion = {
    certificateHashes: ["a".repeat(192), "b".repeat(192)],
    jobArn: "arn:aws:signer:eu-central-1:123456789012:/signing-jobs/1",
    profileVersionArn: `${PROFILE}/ABCDEFGHIJ`,
    platformId: "Notation-OCI-SHA384-ECDSA",
    signatureTimestamp: instant(START),
  };
  const asked = (): number => world.aws.calls.filter(({ operation }) => operation === "GetRevocationStatus").length;
  let signer: AwsSignerRevocation;
  beforeEach(() => {
    signer = openAwsSigner(
      [{ host: HOST, aws: { endpoint: world.aws.endpoint } }],
      surroundingsOf(world.aws, () => now),
    );
  });

  test("is named, and nothing is where nothing was taken back", async () => {
    expect(await signer.revoked(QUESTION)).toEqual([]);
    world.aws.revoke(QUESTION.profileVersionArn);
    expect(await signer.revoked({ ...QUESTION, jobArn: `${QUESTION.jobArn}2` })).toEqual([QUESTION.profileVersionArn]);
    world.aws.revoke("b".repeat(192));
    expect(await signer.revoked({ ...QUESTION, jobArn: `${QUESTION.jobArn}3` })).toContain("b".repeat(192));
  });

  test("is asked once an hour, by many together", async () => {
    await Promise.all([signer.revoked(QUESTION), signer.revoked(QUESTION)]);
    expect(asked()).toBe(1);
    world.aws.revoke(QUESTION.jobArn);
    expect(await signer.revoked(QUESTION)).toEqual([]);
    now += 60 * MINUTE;
    expect(await signer.revoked(QUESTION)).toEqual([QUESTION.jobArn]);
    expect(asked()).toBe(2);
  });

  test("is asked again where there was no answer", async () => {
    world.aws.decide = () => "fail";
    await expect(signer.revoked(QUESTION)).rejects.toMatchObject({ code: "unreachable" });
    world.aws.decide = () => "pass";
    expect(await signer.revoked(QUESTION)).toEqual([]);
  });

  test("is asked in the region of the profile, whichever registry the image lies in", async () => {
    await world.close();
    world = await openAwsWorld({ regions: ["eu-central-1", "us-east-1"] });
    signer = openAwsSigner(
      [{ host: HOST, aws: { endpoint: world.aws.endpoint } }],
      surroundingsOf(world.aws, () => now),
    );
    await signer.revoked({ ...QUESTION, profileVersionArn: QUESTION.profileVersionArn.replace("eu-central-1", "us-east-1") });
    expect(world.aws.calls.map(({ region }) => region)).toEqual(["us-east-1"]);
  });

  test("is not asked where the profile names no region", async () => {
    const strange = { ...QUESTION, profileVersionArn: "arn:aws:signer:evil-example-com:1:/signing-profiles/a/b" };
    await expect(signer.revoked(strange)).rejects.toMatchObject({ code: "malformed" });
    expect(asked()).toBe(0);
  });
});
