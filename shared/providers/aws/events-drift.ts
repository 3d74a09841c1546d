import * as z from "zod";
import type { Control } from "../../domain/setup-change.ts";
import { isObject, loose, short, word } from "../../runtime/lenient.ts";
import type { ChangeHint } from "./event-envelope.ts";
import type { Subject } from "./trail-subject.ts";

const MOST_CHARACTERS = 1_000;

type Members = Readonly<Record<string, unknown>>;

/** Where the record of a call has what was set: before it in the answer, after it in what was asked for. */
interface Change {
  readonly control: Control;
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

const TEMPLATE = ["prefix", "appliedFor", "imageTagMutability", "repositoryPolicy", "lifecyclePolicy"];

// Amazon ECR API reference: what each action changes. What creates is here only where it changes what is there.
const ECR: Readonly<Record<string, Change>> = {
  PutLifecyclePolicy: { control: "lifecycle", after: ["lifecyclePolicyText"] },
  DeleteLifecyclePolicy: { control: "lifecycle", before: ["lifecyclePolicyText"] },
  SetRepositoryPolicy: { control: "repository-policy", after: ["policyText"] },
  DeleteRepositoryPolicy: { control: "repository-policy", before: ["policyText"] },
  PutRegistryPolicy: { control: "registry-policy", after: ["policyText"] },
  DeleteRegistryPolicy: { control: "registry-policy", before: ["policyText"] },
  PutImageTagMutability: { control: "tag-mutability", after: ["imageTagMutability", "imageTagMutabilityExclusionFilters"] },
  PutImageScanningConfiguration: { control: "scanning", after: ["imageScanningConfiguration"] },
  PutRegistryScanningConfiguration: { control: "scanning", after: ["scanType", "rules"] },
  PutSigningConfiguration: { control: "signing", after: ["signingConfiguration"] },
  DeleteSigningConfiguration: { control: "signing", before: ["signingConfiguration"] },
  PutReplicationConfiguration: { control: "replication", after: ["replicationConfiguration"] },
  CreateRepositoryCreationTemplate: { control: "creation-template", after: TEMPLATE },
  UpdateRepositoryCreationTemplate: { control: "creation-template", after: TEMPLATE },
  DeleteRepositoryCreationTemplate: { control: "creation-template", after: ["prefix"] },
  UpdateImageStorageClass: { control: "storage-class", after: ["imageId", "targetStorageClass"] },
  DeregisterPullTimeUpdateExclusion: { control: "pull-times", before: ["principalArn"] },
  PutAccountSetting: { control: "account-setting", after: ["name", "value"] },
  DeleteRepository: { control: "repository", before: ["repository"] },
};

// AWS Signer API reference.
const SIGNER: Readonly<Record<string, Change>> = {
  AddProfilePermission: { control: "signing-profile", after: ["profileName", "profileVersion", "action", "principal", "statementId"] },
  CancelSigningProfile: { control: "signing-profile", after: ["profileName"] },
  PutSigningProfile: { control: "signing-profile", after: ["profileName", "platformId", "signatureValidityPeriod"] },
  RemoveProfilePermission: { control: "signing-profile", after: ["profileName", "statementId"] },
  RevokeSignature: { control: "signing-profile", after: ["jobId", "jobOwner", "reason"] },
  RevokeSigningProfile: { control: "signing-profile", after: ["profileName", "profileVersion", "reason", "effectiveTime"] },
};

const BY_SOURCE: Readonly<Record<string, Readonly<Record<string, Change>>>> = { "ecr.amazonaws.com": ECR, "signer.amazonaws.com": SIGNER };

/** Every call by its service: what the rules of EventBridge have to let through. */
export const DRIFT_CALLS: Readonly<Record<string, readonly string[]>> = {
  "ecr.amazonaws.com": Object.keys(ECR),
  "signer.amazonaws.com": Object.keys(SIGNER),
};

const members = loose(z.record(z.string(), z.unknown()));
const RECORD = z.object({
  eventSource: word,
  eventName: word,
  requestParameters: members,
  responseElements: members,
});
const ASKED = z.object({ targetStorageClass: word });

/** What a record says that somebody changed of the set-up of what it is about; nothing where it changed none. */
export function readChange(detail: unknown, { account, region, repository, digest }: Subject): readonly ChangeHint[] {
  const { eventSource, eventName: call, requestParameters, responseElements } = RECORD.parse(detail ?? {});
  const change = changeBy(eventSource, call);
  const { targetStorageClass } = ASKED.parse(requestParameters ?? {});
  // What goes into the archive is let out nowhere.
  if (change === undefined || targetStorageClass === "ARCHIVE") return [];
  const values = {
    ...valueIn("before", change.before, responseElements ?? requestParameters),
    ...valueIn("after", change.after, requestParameters),
  };
  return [{ account, region, repository, digest, control: change.control, call, ...values }];
}

function changeBy(source: string, call: string): Change | undefined {
  const calls = Object.hasOwn(BY_SOURCE, source) ? BY_SOURCE[source] : undefined;
  return calls !== undefined && Object.hasOwn(calls, call) ? calls[call] : undefined;
}

/** One member as it is, several as JSON; nothing where none of them is there. */
function valueIn(
  as: "before" | "after",
  names: readonly string[] = [],
  from: Members | null | undefined,
): Pick<ChangeHint, "before" | "after"> {
  const there = names.flatMap((name) => {
    const value = from?.[name];
    return value === undefined || value === null ? [] : [[name, value] as const];
  });
  const [only, ...more] = there;
  if (only === undefined) return {};
  if (more.length === 0 && typeof only[1] === "string") return { [as]: short(only[1], MOST_CHARACTERS) };
  const whole = more.length === 0 && isObject(only[1]) ? only[1] : Object.fromEntries(there);
  return { [as]: short(JSON.stringify(whole), MOST_CHARACTERS) };
}
